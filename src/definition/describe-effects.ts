/** What Baton does outside, in sentences without their date. */
import type { AlertReason, EffectArgs } from '../domain/decision.js';
import { trackWords } from './describe-words.js';
import { quoted } from './words.js';

interface Named {
  readonly rep: string;
  readonly moment: (atMs: number) => string;
}

const NEWS: Readonly<Record<AlertReason, string>> = {
  handoff: 'a new lead, with the data package',
  queue: 'nobody could take the lead, it waits in the queue',
  reassigned: 'the lead was given to them',
  acted_again: 'the lead acted again',
  sla_reminder: 'still no contact',
  task_due: 'the task is due and not done',
  sla_lapsed: 'no contact was made in time',
  lapse_unconfirmed: 'was there contact? The CRM could not be asked',
  confirm_contact: 'was the note a contact?',
  idle_rep: 'nothing has happened for long',
  idle_manager: 'nothing has happened for long',
  meeting_booked: 'the lead booked a meeting',
  restored: 'the handoff goes on',
  left_sales_mail: 'the lead wants no sales mail',
  phone_only: 'by phone only',
  no_task: 'the CRM did not take the task',
};

/** One outward act as a sentence. */
export function effectWords(args: EffectArgs, { rep, moment }: Named): string {
  switch (args.effect) {
    case 'pause':
      return 'Nurture mail pauses.';
    case 'resume':
      return `Nurture mail goes on, on the ${trackWords(args.track)} track.`;
    case 'tag':
      return `The tag ${quoted(args.tag)} is set.`;
    case 'untag':
      return `The tag ${quoted(args.tag)} is removed.`;
    case 'task':
      return `A task for ${args.rep === null ? 'the queue' : rep}, due ${moment(args.dueAt)}.`;
    case 'task_update':
      return `The task is ${TASK[args.change]}${args.dueAt === undefined ? '' : `, due ${moment(args.dueAt)}`}.`;
    case 'alert':
      return `${args.to === 'managers' ? 'The managers are' : `${rep} is`} alerted: ${NEWS[args.reason]}.`;
    case 'bridge':
      return 'The bridge email goes out.';
    case 'final':
      return 'The final marketing email goes out.';
  }
}

const TASK: Readonly<Record<Extract<EffectArgs, { effect: 'task_update' }>['change'], string>> = {
  done: 'done',
  missed: 'closed as missed',
  cancelled: 'cancelled',
  reopened: 'open again',
  due: 'moved',
  owner: 'given to somebody else',
};
