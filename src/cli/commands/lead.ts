import type { Command } from 'commander';
import type { GatewayClient } from '../client.js';
import { answer, type ClientOptions, connect, withClient } from '../context.js';
import { usageError } from '../errors.js';
import { resolveLead } from '../find-lead.js';
import { count, instant, printable, table } from '../format.js';
import type { CliIo } from '../io.js';
import type { ExplanationReply, LeadReply, Page, TimelineEntry } from '../replies.js';
import { registerCorrect } from './correct.js';

const PAGE_MAX = 200;

interface ListOptions extends ClientOptions {
  readonly stage?: string;
  readonly source?: string;
  readonly owner?: string;
  readonly email?: string;
  readonly text?: string;
  readonly limit: string;
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw usageError(`--limit must be a whole number above 0 (it is "${text}")`);
  return limit;
}

/** Follows cursors until there is enough or nothing more. */
async function collect<Item>(
  client: GatewayClient,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  limit: number,
): Promise<Page<Item>> {
  const items: Item[] = [];
  let nextCursor: string | null = null;
  do {
    const page: Page<Item> = await client.get(path, {
      ...query,
      limit: Math.min(PAGE_MAX, limit - items.length),
      cursor: nextCursor ?? undefined,
    });
    items.push(...page.items);
    nextCursor = page.nextCursor;
  } while (nextCursor !== null && items.length < limit);
  return { items, nextCursor };
}

const points = (lead: LeadReply): string => `${lead.score.engagement}/${lead.score.threshold}`;

function listWords(page: Page<LeadReply>): string[] {
  if (page.items.length === 0) return ['no leads'];
  const lines = table(page.items, [
    { title: 'ID', value: (lead) => lead.id },
    { title: 'EMAIL', value: (lead) => lead.email },
    { title: 'COMPANY', value: (lead) => lead.company },
    { title: 'SOURCE', value: (lead) => lead.source.name },
    { title: 'STAGE', value: (lead) => lead.stage },
    { title: 'SCORE', value: points, align: 'right' },
    { title: 'FIT', value: (lead) => lead.score.fit, align: 'right' },
    { title: 'OWNER', value: (lead) => lead.owner?.name },
    { title: 'NEXT', value: (lead) => (lead.next ? `${lead.next.what} ${instant(lead.next.at)}` : null) },
  ]);
  return page.nextCursor === null
    ? lines
    : [...lines, `more than ${count(page.items.length, 'lead')}: raise --limit`];
}

function leadWords(lead: LeadReply): string[] {
  const { handoff } = lead;
  const suppressed = [lead.suppressed.marketing && 'marketing', lead.suppressed.sales && 'sales'].filter(
    Boolean,
  );
  const facts: [string, string | null][] = [
    ['lead', lead.id],
    ['who', [lead.name, lead.email, lead.company].filter(Boolean).join(', ')],
    ['source', [lead.source.name, lead.source.magnet, lead.source.channel].filter(Boolean).join(', ')],
    ['stage', [lead.stage, lead.track && `track ${lead.track}`, ...lead.tags].filter(Boolean).join(', ')],
    ['score', `${points(lead)} points, fit ${lead.score.fit}, as of ${instant(lead.score.asOf)}`],
    ['owner', lead.owner?.name ?? null],
    [
      'handoff',
      handoff &&
        `number ${handoff.number}, ${handoff.state}, by ${handoff.trigger ?? 'hand'}, task due ${instant(handoff.dueAt)}, SLA ends ${instant(handoff.slaDueAt)}`,
    ],
    ['next', lead.next && `${lead.next.what} at ${instant(lead.next.at)}`],
    [
      'no mail',
      suppressed.length > 0 ? `${suppressed.join(', ')} (${lead.suppressed.why ?? 'suppressed'})` : null,
    ],
    ['attention', lead.attention.join(', ') || null],
    ['known since', instant(lead.createdAt)],
    ['last seen', instant(lead.lastEngagementAt)],
  ];
  return facts.flatMap(([title, value]) => (value ? [`${title.padEnd(12)}${printable(value)}`] : []));
}

function explanationWords(reply: ExplanationReply): string[] {
  const { score, contributions, missing } = reply;
  const lines = [
    `${score.engagement} of ${score.threshold} points, fit ${score.fit}, as of ${instant(score.asOf)} (definition ${reply.definitionVersion})`,
  ];
  if (contributions.length > 0) {
    lines.push(
      '',
      ...table(contributions, [
        { title: 'RULE', value: (one) => one.rule },
        { title: 'POINTS', value: (one) => one.points, align: 'right' },
        { title: 'COUNT', value: (one) => one.count, align: 'right' },
        { title: 'LAST', value: (one) => instant(one.lastAt) },
      ]),
    );
  }
  if (missing.length > 0) lines.push('', 'Missing for a handoff:');
  return [...lines, ...missing.map((one) => `  ${printable(one.trigger)}: ${printable(one.text)}`)];
}

function timelineWords(page: Page<TimelineEntry>): string[] {
  if (page.items.length === 0) return ['nothing has happened yet'];
  return page.items.map((entry) => `${instant(entry.at)}  ${printable(entry.text)}`);
}

/** `baton lead list|show|explain|timeline|correct`. */
export function registerLead(program: Command, io: CliIo): void {
  const lead = program.command('lead').description('look at leads');
  withClient(lead.command('list'))
    .description('leads, newest first')
    .option('--stage <stage>', 'only leads of this stage')
    .option('--source <name>', 'only leads of this source')
    .option('--owner <rep>', 'only leads of this rep')
    .option('--email <address>', 'only the lead with this address')
    .option('--text <words>', 'only leads whose name, company or address holds this')
    .option('--limit <n>', 'at most this many', '50')
    .action(async ({ stage, source, owner, email, text, limit, ...options }: ListOptions) => {
      const query = { stage, source, owner, email, text };
      const page = await collect<LeadReply>(connect(io, options), '/v1/leads', query, limitOf(limit));
      answer(io, options, page, listWords);
    });
  withClient(lead.command('show <lead>'))
    .description("one lead's state; <lead> is an id or an email address")
    .action(async (who: string, options: ClientOptions) => {
      const client = connect(io, options);
      const id = await resolveLead(client, who);
      answer(io, options, await client.get<LeadReply>(`/v1/leads/${encodeURIComponent(id)}`), leadWords);
    });
  withClient(lead.command('explain <lead>'))
    .description('why the score is what it is, and what is missing for a handoff')
    .action(async (who: string, options: ClientOptions) => {
      const client = connect(io, options);
      const id = await resolveLead(client, who);
      const path = `/v1/leads/${encodeURIComponent(id)}/explanation`;
      answer(io, options, await client.get<ExplanationReply>(path), explanationWords);
    });
  withClient(lead.command('timeline <lead>'))
    .description('everything that happened to a lead')
    .option('--limit <n>', 'at most this many', '200')
    .action(async (who: string, options: ClientOptions & { limit: string }) => {
      const client = connect(io, options);
      const id = await resolveLead(client, who);
      const path = `/v1/leads/${encodeURIComponent(id)}/timeline`;
      answer(
        io,
        options,
        await collect<TimelineEntry>(client, path, {}, limitOf(options.limit)),
        timelineWords,
      );
    });
  registerCorrect(lead, io);
}
