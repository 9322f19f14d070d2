import type { Command } from 'commander';
import type { GatewayClient } from '../client.js';
import { answer, type ClientOptions, connect, withClient } from '../context.js';
import { CliError } from '../errors.js';
import { count, instant, printable } from '../format.js';
import type { CliIo } from '../io.js';
import type { Page } from '../replies.js';

interface ProofReply {
  readonly leadId: string;
  readonly events: number;
  readonly entries: number;
  readonly differences: readonly {
    readonly entry: number | null;
    readonly afterSeq: number;
    readonly at: string;
    readonly recorded: readonly { readonly kind?: string }[];
    readonly now: readonly { readonly kind?: string }[];
  }[];
}

interface Summary {
  readonly leads: number;
  readonly events: number;
  readonly entries: number;
  /** Proofs of the leads whose decisions came out otherwise. */
  readonly differing: readonly ProofReply[];
}

const PAGE_LEADS = 50;

async function proveAll(io: CliIo, client: GatewayClient): Promise<Summary> {
  let summary: Summary = { leads: 0, events: 0, entries: 0, differing: [] };
  let cursor: string | undefined;
  do {
    const page: Page<ProofReply> = await client.get('/v1/proofs', { limit: PAGE_LEADS, cursor });
    summary = page.items.reduce(added, summary);
    cursor = page.nextCursor ?? undefined;
    const line = `${count(summary.leads, 'lead')}, ${summary.entries.toLocaleString('en-US')} journal entries compared`;
    if (io.interactive) io.redraw(line);
    else if (cursor !== undefined && summary.leads % 1_000 === 0) io.err(line);
  } while (cursor !== undefined);
  if (io.interactive) io.redraw('');
  return summary;
}

const added = (sum: Summary, proof: ProofReply): Summary => ({
  leads: sum.leads + 1,
  events: sum.events + proof.events,
  entries: sum.entries + proof.entries,
  differing: proof.differences.length > 0 ? [...sum.differing, proof] : sum.differing,
});

function summaryWords({ leads, events, entries, differing }: Summary): string[] {
  const compared = `${count(leads, 'lead')}, ${count(events, 'event')} applied again, ${entries.toLocaleString('en-US')} journal entries compared`;
  if (differing.length === 0) return [`${compared}: every decision was made again`];
  return [
    `${compared}: ${count(differing.length, 'lead')} came out otherwise`,
    ...differing.flatMap(differenceWords),
  ];
}

function differenceWords({ leadId, differences }: ProofReply): string[] {
  const kinds = (decisions: readonly { readonly kind?: string }[]) =>
    printable(decisions.map(({ kind }) => kind ?? '?').join(', ')) || 'nothing';
  return [
    `lead ${leadId}:`,
    ...differences.map(({ entry, afterSeq, at, recorded, now }) => {
      const where =
        entry === null ? `event ${afterSeq}, which the journal says nothing of` : `entry ${entry}`;
      return `  ${instant(at)}  ${where}: recorded ${kinds(recorded)}; now ${kinds(now)}`;
    }),
  ];
}

/** `baton proof [lead]`: runs what was recorded again; ends with 1 when a decision comes out otherwise. */
export function registerProof(program: Command, io: CliIo): void {
  withClient(program.command('proof [lead]'))
    .description('run recorded lives again (one lead by its id, or all): every decision must come out again')
    .action(async (leadId: string | undefined, options: ClientOptions) => {
      const client = connect(io, options);
      const empty: Summary = { leads: 0, events: 0, entries: 0, differing: [] };
      const summary =
        leadId === undefined
          ? await proveAll(io, client)
          : added(empty, await client.get<ProofReply>(`/v1/leads/${encodeURIComponent(leadId)}/proof`));
      answer(io, options, summary, summaryWords);
      if (summary.differing.length > 0) throw new CliError([]);
    });
}
