/** Who may be mailed now: the guard over what the database knows. */
import type { DefinitionBook } from '../definition/versions.js';
import type { Stream } from '../domain/definition.js';
import { type MayMail, mayMail, UNKNOWN_ADDRESS } from '../domain/sendable.js';
import type { Db } from '../store/database.js';
import { leadIdsByEmail, type MailableLead, mailableLeads } from '../store/read/mailable.js';

export interface SendableAnswer extends MayMail {
  readonly email: string | null;
}

type Book = Pick<DefinitionBook, 'current'>;

/** Answers for addresses, in their order; addresses are trimmed and in lower case. */
export async function sendableEmails(
  db: Db,
  book: Book,
  emails: readonly string[],
  stream: Stream,
): Promise<SendableAnswer[]> {
  const known = await leadIdsByEmail(db, emails);
  const leads = await mailableLeads(db, [...known.values()]);
  const judge = await judgeOf(book, stream);
  return emails.map((email) => {
    const lead = leads.get(known.get(email) ?? '');
    // Whichever of its addresses is asked about, it is the lead who may or may not be mailed.
    return lead ? { email, ...judge({ ...lead, email }) } : { email, ...UNKNOWN_ADDRESS };
  });
}

/** Answers for one lead, or null when there is none. */
export async function sendableLead(
  db: Db,
  book: Book,
  leadId: string,
  stream: Stream,
): Promise<SendableAnswer | null> {
  const lead = (await mailableLeads(db, [leadId])).get(leadId);
  if (!lead) return null;
  const judge = await judgeOf(book, stream);
  return { email: lead.email, ...judge(lead) };
}

async function judgeOf(book: Book, stream: Stream): Promise<(lead: MailableLead) => MayMail> {
  const published = await book.current();
  return (lead) => {
    const { newsletter } = published.policyFor(lead.source).after.unqualified;
    return mayMail(lead, stream, { newsletterToUnqualified: newsletter });
  };
}
