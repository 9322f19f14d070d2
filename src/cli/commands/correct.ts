import type { Command } from 'commander';
import { answer, type ClientOptions, connect, withClient } from '../context.js';
import { CliError, usageError } from '../errors.js';
import { resolveLead } from '../find-lead.js';
import { printable } from '../format.js';
import type { CliIo } from '../io.js';

interface CorrectOptions extends ClientOptions {
  readonly event: string;
  readonly as: string;
  readonly dryRun?: boolean;
  readonly compensate?: true | string[];
  readonly by?: string;
}

type CorrectionReply =
  | {
      readonly applied: boolean;
      readonly event: { readonly seq: number; readonly type: string };
      readonly label: string;
      readonly text: string;
      readonly offers: readonly {
        readonly id: string;
        readonly onlyWhenNamed: boolean;
        readonly text: string;
      }[];
      readonly compensated: readonly {
        readonly offer: string;
        readonly status: string;
        readonly text: string;
      }[];
    }
  | { readonly commandId: string; readonly status: 'pending' };

/** `--event` is a number of the timeline, or the id that the sender gave; `id:7` is an id that looks like a number. */
function eventName(text: string): { seq: number } | { eventId: string } {
  if (/^\d{1,10}$/.test(text)) return { seq: Number(text) };
  return { eventId: text.startsWith('id:') ? text.slice('id:'.length) : text };
}

function correctionWords(reply: CorrectionReply): string[] {
  if (!('applied' in reply))
    return [
      `recorded as command ${reply.commandId}, not decided yet: Temporal is away or slow. Nothing was compensated; look at the lead again in a moment`,
    ];
  const { event, label, applied, offers, compensated } = reply;
  const what = `event ${event.seq} (${event.type})`;
  const lines = [
    applied ? `${what} is labelled ${label}` : `${what} as ${label}: this is what would change`,
    ...reply.text.split(/(?<=\.) (?=[A-Z])/),
    ...compensated.map(({ offer, status, text }) => `${offer}: ${status}. ${text}`),
  ];
  const done = new Set(compensated.filter(({ status }) => status !== 'left').map(({ offer }) => offer));
  const open = offers.filter(({ id }) => !done.has(id));
  if (open.length > 0)
    lines.push(
      '',
      'Can be done about it:',
      ...open.map(({ id, text, onlyWhenNamed }) => `  --compensate${onlyWhenNamed ? ` ${id}` : ''}  ${text}`),
    );
  return lines.map(printable);
}

/** `baton lead correct`: labels an event machine or human, or says what that would change. */
export function registerCorrect(lead: Command, io: CliIo): void {
  withClient(lead.command('correct <lead>'))
    .description('label an event machine or human; <lead> is an id or an email address')
    .requiredOption('--event <number|id>', "the event's number in the timeline, or its sender's id")
    .requiredOption('--as <label>', 'machine or human')
    .option('--dry-run', 'only say what would change')
    .option('--compensate [offers...]', 'also do what is offered, or just the offers that are named')
    .option('--by <rep>', 'the rep who asks')
    .action(async (who: string, { event, as, dryRun, compensate, by, ...options }: CorrectOptions) => {
      if (as !== 'machine' && as !== 'human')
        throw usageError(`--as must be machine or human (it is "${printable(as)}")`);
      const client = connect(io, options);
      const id = await resolveLead(client, who);
      const reply = await client.post<CorrectionReply>(`/v1/leads/${encodeURIComponent(id)}/corrections`, {
        ...eventName(event),
        label: as,
        ...(dryRun && { dryRun }),
        ...(compensate !== undefined && { compensate }),
        ...(by !== undefined && { by }),
      });
      answer(io, options, reply, correctionWords);
      const refused = 'applied' in reply && reply.compensated.some(({ status }) => status === 'refused');
      if (refused) throw new CliError([]);
    });
}
