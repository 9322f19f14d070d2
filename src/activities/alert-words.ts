/** What an alert says, in sentences. */
import type { AlertReason } from '../domain/decision.js';
import { packageText } from './package-text.js';
import { momentInWords } from './words.js';

export interface AlertMatter {
  readonly reason: AlertReason;
  /** The lead as people call it. */
  readonly lead: string;
  readonly rep: string | null;
  readonly dueAtMs: number | null;
  readonly slaDueAtMs: number | null;
  readonly timeZone: string;
  readonly atMs: number;
  /** The CRM has no task for this handoff (yet). */
  readonly taskMissing: boolean;
  readonly package: Readonly<Record<string, unknown>> | null;
  readonly repeated: boolean;
}

interface Words {
  readonly subject: string;
  readonly text: string;
}

/** Alerts with which somebody meets the handoff for the first time carry the whole package; the others its opener. */
const WHOLE_PACKAGE: ReadonlySet<AlertReason> = new Set([
  'handoff',
  'queue',
  'reassigned',
  'restored',
  'no_task',
]);

export function alertWords(matter: AlertMatter): Words {
  const { subject, sentence } = wordsOf(matter);
  const opener = matter.package?.opener;
  const about = WHOLE_PACKAGE.has(matter.reason)
    ? packageText(matter.package)
    : typeof opener === 'string'
      ? opener
      : '';
  const parts = [
    matter.repeated ? 'This alert may have reached you before.' : '',
    sentence,
    matter.taskMissing ? 'There is no task for this in the CRM (yet): work from here.' : '',
    about,
  ];
  return {
    subject: matter.repeated ? `${subject} (repeated)` : subject,
    text: `${parts.filter((part) => part !== '').join('\n\n')}\n`,
  };
}

function wordsOf(matter: AlertMatter): { readonly subject: string; readonly sentence: string } {
  const { lead } = matter;
  const rep = matter.rep ?? 'Nobody';
  const moment = (at: number) => `${momentInWords(at, matter.timeZone, matter.atMs)} (${matter.timeZone})`;
  const due = matter.dueAtMs === null ? '' : ` First contact is due by ${moment(matter.dueAtMs)}.`;
  const sla =
    matter.slaDueAtMs === null ? '' : ` The time for first contact ends on ${moment(matter.slaDueAtMs)}.`;
  switch (matter.reason) {
    case 'handoff':
      return { subject: `New lead: ${lead}`, sentence: `${lead} is yours now.${due}${sla}` };
    case 'queue':
      return {
        subject: `Nobody could take: ${lead}`,
        sentence: `${lead} waits in the queue: no rep was free to take it.${due}${sla}`,
      };
    case 'reassigned':
      return { subject: `Reassigned to you: ${lead}`, sentence: `${lead} was given to ${rep}.${due}${sla}` };
    case 'acted_again':
      return {
        subject: `Acted again: ${lead}`,
        sentence: `${lead} showed high intent again while with sales.${due}`,
      };
    case 'sla_reminder':
      return {
        subject: `Still no contact: ${lead}`,
        sentence: `${lead} still waits for first contact.${sla}`,
      };
    case 'task_due':
      return {
        subject: `Task overdue: ${lead}`,
        sentence: `The task for ${lead} (${rep}) was due and is not done.${sla}`,
      };
    case 'sla_lapsed':
      return {
        subject: `No contact in time: ${lead}`,
        sentence: `${rep} made no contact with ${lead} in time.`,
      };
    case 'lapse_unconfirmed':
      return {
        subject: `Was there contact? ${lead}`,
        sentence: `No contact with ${lead} is on record and the CRM could not be asked. Please log it if there was any; otherwise the handoff lapses.`,
      };
    case 'confirm_contact':
      return {
        subject: `Did you make contact? ${lead}`,
        sentence: `You left a note on ${lead}. Did you make contact? A note alone does not count.${sla}`,
      };
    case 'idle_rep':
      return {
        subject: `How does it stand? ${lead}`,
        sentence: `Nothing has happened with ${lead} for a long time. Please record how it stands.`,
      };
    case 'idle_manager':
      return {
        subject: `Idle with sales: ${lead}`,
        sentence: `Nothing has happened with ${lead} (${rep}) for a long time; without news the handoff closes as no response.`,
      };
    case 'meeting_booked':
      return { subject: `Meeting booked: ${lead}`, sentence: `${lead} booked a meeting.` };
    case 'restored':
      return {
        subject: `Back with you: ${lead}`,
        sentence: `${lead} is with ${rep} again: there was contact in time.`,
      };
    case 'left_sales_mail':
      return {
        subject: `No more sales mail: ${lead}`,
        sentence: `${lead} wants no more mail from sales. The handoff is closed.`,
      };
    case 'phone_only':
      return {
        subject: `Phone only: ${lead}`,
        sentence: `${lead} wants no more mail of any kind, or cannot be reached by it. The handoff goes on, by phone.`,
      };
    case 'no_task':
      return {
        subject: `No CRM task: ${lead}`,
        sentence: `The CRM did not take the task for ${lead} (${rep}).${due}${sla}`,
      };
  }
}
