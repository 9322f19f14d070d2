/** The guard that any sender can ask: may this lead be mailed now, and if not why. */
import type { Stream } from './definition.js';

/** Something in the log that changes who may be mailed and that the lead's workflow has not recorded yet. */
export interface MailNews {
  readonly type: string;
  readonly stream: string | null;
  readonly hardBounce: boolean;
}

export interface Mailable {
  readonly email: string | null;
  readonly stage: string;
  /** Why, where a flag is set. */
  readonly suppressed: { readonly marketing: string | null; readonly sales: string | null };
  readonly openHandoff: number | null;
  /** In the log's order. */
  readonly news: readonly MailNews[];
}

export interface MayMail {
  readonly allowed: boolean;
  /** In words, whatever the answer is. */
  readonly reason: string;
}

const yes = (reason: string): MayMail => ({ allowed: true, reason });
const no = (reason: string): MayMail => ({ allowed: false, reason });

/** Of an address that is no lead's Baton knows nothing, hence nothing against it: consent is the sender's to know. */
export const UNKNOWN_ADDRESS: MayMail = yes('not a lead of Baton: nothing is known against it');

/** By stage and suppression. Marketing writes only to who is nurtured; newsletters may go to the unqualified as well. */
export function mayMail(
  lead: Mailable,
  stream: Stream,
  terms: { readonly newsletterToUnqualified: boolean },
): MayMail {
  if (lead.email === null) return no('no email address of this lead is known');
  const flags = flagsOf(lead);
  if (stream === 'sales')
    return flags.sales === null
      ? yes('nothing speaks against sales mail')
      : no(`wants no sales mail (${flags.sales})`);
  if (flags.marketing !== null) return no(`wants no marketing mail (${flags.marketing})`);
  if (lead.openHandoff !== null) return no(`handoff ${lead.openHandoff} is open: sales has the lead`);
  if (lead.news.some(({ type }) => type === 'customer.created')) return no('has just become a customer');
  switch (lead.stage) {
    case 'nurturing':
      return yes('is being nurtured');
    case 'handed_off':
    case 'working':
      return no('sales has the lead');
    case 'unqualified':
      if (stream === 'newsletter' && terms.newsletterToUnqualified)
        return yes('is unqualified; newsletters may still go out');
      return no(`is unqualified: no ${stream === 'newsletter' ? 'newsletters' : 'nurture mail'}`);
    case 'converted':
      return no('is a customer: mail to customers is not for Baton to allow');
    case 'dormant':
      return no('is dormant: marketing writes again when the lead acts');
    default:
      return no(`is ${lead.stage}`);
  }
}

/** The flags as the log leaves them. What is recorded as suppressed stays so until a workflow has lifted it. */
function flagsOf({ suppressed, news }: Mailable): { marketing: string | null; sales: string | null } {
  const waiting: { marketing: string | null; sales: string | null } = { marketing: null, sales: null };
  for (const { type, stream, hardBounce } of news) {
    const why = OPT_OUTS[type];
    if (type === 'email.bounced' && !hardBounce) continue;
    if (why === undefined && type !== 'email.resubscribed') continue;
    const named = type === 'email.unsubscribed' || type === 'email.resubscribed' ? stream : null;
    if (named !== 'sales') waiting.marketing = why ?? null;
    if (named !== 'marketing') waiting.sales = why ?? null;
  }
  return {
    marketing: inWords(suppressed.marketing) ?? waiting.marketing,
    sales: inWords(suppressed.sales) ?? waiting.sales,
  };
}

const OPT_OUTS: Readonly<Record<string, string>> = {
  'email.unsubscribed': 'unsubscribed',
  'email.complained': 'complaint',
  'email.bounced': 'hard bounce',
};

function inWords(why: string | null): string | null {
  return why === null ? null : why.replaceAll('_', ' ');
}
