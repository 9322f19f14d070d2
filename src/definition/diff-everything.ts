/** The facts that hold for all sources alike: calendar, content, machines, routing, replies, signatures. */
import type { MachinePolicy } from '../domain/definition.js';
import { type Fact, nothingElse, type Placed } from './diff-fact.js';
import { pairUp } from './diff-sequence.js';
import { type HandoffDefinition, type TeamCalendar, WEEKDAYS, type Weekday } from './document.js';
import { conditionWords, listWords, quoted, shareWords, spanWords } from './words.js';

type ContentEntry = HandoffDefinition['content'][number];
type Territory = HandoffDefinition['routing']['territories'][number];

/** Entries of lists without ids: each gets one that both definitions agree on, in the order of its list. */
interface EntryIds {
  readonly content: readonly string[];
  readonly territories: readonly string[];
}

/** The ids for `before` and for `after`: an entry that stayed, or changed a little, has the same one in both. */
export function entryIds(before: HandoffDefinition, after: HandoffDefinition): [EntryIds, EntryIds] {
  const content = pairedIds<ContentEntry>(before.content, after.content, [
    (entry) => entry,
    ({ match }) => match,
    ({ kind, topic, title }) => [kind, topic, title],
  ]);
  const territories = pairedIds<Territory>(before.routing.territories, after.routing.territories, [
    (entry) => entry,
    ({ where }) => where,
    ({ reps }) => reps,
  ]);
  return [
    { content: content[0], territories: territories[0] },
    { content: content[1], territories: territories[1] },
  ];
}

function pairedIds<T>(
  before: readonly T[],
  after: readonly T[],
  keys: readonly ((entry: T) => unknown)[],
): [string[], string[]] {
  const pairs = pairUp(
    before,
    after,
    keys.map((key) => (entry: T) => JSON.stringify(key(entry))),
  );
  const [old, now]: [string[], string[]] = [[], []];
  pairs.forEach((pair, id) => {
    if (pair.before !== null) old[pair.before] = String(id);
    if (pair.after !== null) now[pair.after] = String(id);
  });
  return [old, now];
}

export function factsOfEverything(definition: HandoffDefinition, ids: EntryIds): Fact[] {
  const {
    format,
    name,
    signedOffBy,
    calendar,
    content,
    futureToleranceMs,
    publishGuard,
    machines,
    defaults,
    sources,
    routing,
    replies,
    ...rest
  } = definition;
  const { marketing, sales, ...restOfSignatures } = signedOffBy;
  const { optOut, buyingSignals, ...restOfReplies } = replies;
  nothingElse(rest);
  nothingElse(restOfSignatures);
  nothingElse(restOfReplies);
  return [
    ...calendarFacts(calendar),
    ...contentFacts(content, ids.content),
    ...routingFacts(definition.routing, ids.territories),
    ...phraseFacts('replies.optOut', 'phrases of an opt-out', optOut),
    ...phraseFacts('replies.buyingSignals', 'phrases of a buying signal', buyingSignals),
    ...machineFacts(machines),
    span('futureTolerance', 'Events: refused when dated further in the future than', futureToleranceMs),
    value(
      'publishGuard',
      'Publishing: needs a confirmation when it hands off, of the open leads, more than',
      publishGuard,
      shareWords(Math.round(publishGuard * 1e6)),
    ),
    value('name', 'Name: the definition is called', name, quoted(name)),
    value('signedOffBy.marketing', 'Signatures: marketing', marketing, marketing ?? 'none'),
    value('signedOffBy.sales', 'Signatures: sales', sales, sales ?? 'none'),
  ];
}

/** `topic: label`, as one text, keeps the tables below readable. */
const value = (path: string, told: string, plain: unknown, words: string, within?: string): Fact => ({
  path,
  style: 'value',
  ...topicAndLabel(told),
  value: plain,
  words,
  within,
});
function topicAndLabel(told: string): Pick<Fact, 'topic' | 'label'> {
  const [topic, ...label] = told.split(': ');
  return { topic, label: label.join(': ') };
}

const span = (path: string, label: string, ms: number): Fact => value(path, label, ms, spanWords(ms));
const yesNo = (path: string, label: string, flag: boolean): Fact =>
  value(path, label, flag, flag ? 'yes' : 'no');

const DAYS: Readonly<Record<Weekday, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

function calendarFacts({ timeZone, workingDays, workingHours, holidays, ...rest }: TeamCalendar): Fact[] {
  const { from, to, ...restOfHours } = workingHours;
  nothingElse(rest);
  nothingElse(restOfHours);
  const days = WEEKDAYS.filter((day) => workingDays.includes(day));
  return [
    value('calendar.timeZone', 'Calendar: time zone', timeZone, timeZone),
    value(
      'calendar.workingDays',
      'Calendar: working days',
      days,
      listWords(
        days.map((day) => DAYS[day]),
        'and',
      ),
    ),
    value('calendar.workingHours', 'Calendar: working hours', workingHours, `${from} to ${to}`),
    ...[...holidays].sort().map(
      (date): Fact => ({
        path: `calendar.holidays[${date}]`,
        style: 'member',
        topic: 'Calendar',
        label: 'holidays',
        value: date,
        words: date,
      }),
    ),
  ];
}

function contentFacts(content: readonly ContentEntry[], ids: readonly string[]): Fact[] {
  const placed = content.map(({ match }, index): Placed => ({ id: ids[index] ?? '', name: quoted(match) }));
  return [
    ...content.flatMap((entry, index) => entryFacts(entry, ids[index] ?? '', index)),
    {
      path: 'content',
      style: 'order',
      topic: 'Content',
      label: 'order (the first that matches wins)',
      value: placed,
      words: '',
    },
  ];
}

function entryFacts(entry: ContentEntry, id: string, index: number): Fact[] {
  const { match, kind, topic, title, ...rest } = entry;
  nothingElse(rest);
  const path = `content[${id}]`;
  const what = [
    kind.replaceAll('_', ' '),
    topic && `topic ${topic}`,
    title && `called ${quoted(title)}`,
    `at place ${index + 1}`,
  ];
  return [
    {
      path,
      style: 'entry',
      topic: 'Content',
      label: `entry ${quoted(match)}`,
      value: entry,
      words: what.filter(Boolean).join(', '),
    },
    value(`${path}.match`, 'Content: pattern', match, quoted(match), path),
    value(`${path}.kind`, `Content: ${quoted(match)} is of the kind`, kind, kind.replaceAll('_', ' '), path),
    value(`${path}.topic`, `Content: ${quoted(match)} has the topic`, topic ?? null, topic ?? 'none', path),
    value(
      `${path}.title`,
      `Content: ${quoted(match)} is called`,
      title ?? null,
      title ? quoted(title) : 'by its own name',
      path,
    ),
  ];
}

const RUNGS: Readonly<Record<HandoffDefinition['routing']['ladder'][number], string>> = {
  owner: "the lead's owner",
  account: "the account's owner",
  territory: 'the territory',
  roundRobin: 'the next rep in turn',
  queue: "the team's queue",
};

function routingFacts(routing: HandoffDefinition['routing'], ids: readonly string[]): Fact[] {
  const { ladder, territories, queue, ...rest } = routing;
  const { alert, ...restOfQueue } = queue;
  nothingElse(rest);
  nothingElse(restOfQueue);
  return [
    value(
      'routing.ladder',
      'Routing: whom a lead goes to, the first that can:',
      ladder,
      ladder.map((rung) => RUNGS[rung]).join(', '),
    ),
    ...territories.flatMap((territory, index) => territoryFacts(territory, ids[index] ?? '', index)),
    {
      path: 'routing.territories',
      style: 'order',
      topic: 'Routing',
      label: 'order of the territories (the first that fits wins)',
      value: territories.map(
        ({ where }, index): Placed => ({ id: ids[index] ?? '', name: quoted(conditionWords(where)) }),
      ),
      words: '',
    },
    value('routing.queue.alert', "Routing: a lead in the team's queue alerts the", alert, alert),
  ];
}

function territoryFacts(territory: Territory, id: string, index: number): Fact[] {
  const { where, reps, ...rest } = territory;
  nothingElse(rest);
  const path = `routing.territories[${id}]`;
  const team = listWords(reps, 'or');
  return [
    {
      path,
      style: 'entry',
      topic: 'Routing',
      label: `territory ${quoted(conditionWords(where))}`,
      value: territory,
      words: `goes to ${team}, at place ${index + 1}`,
    },
    value(
      `${path}.where`,
      `Routing: the territory of ${team} is`,
      where,
      quoted(conditionWords(where)),
      path,
    ),
    value(
      `${path}.reps`,
      `Routing: territory ${quoted(conditionWords(where))} goes to`,
      [...reps].sort(),
      team,
      path,
    ),
  ];
}

function phraseFacts(list: string, label: string, phrases: readonly string[]): Fact[] {
  return phrases.map((phrase) => ({
    path: `${list}[${phrase}]`,
    style: 'member',
    topic: 'Replies',
    label,
    value: phrase,
    words: quoted(phrase),
  }));
}

function machineFacts(machines: MachinePolicy): Fact[] {
  const { clickAfterDeliveryMs, manyLinksWithinMs, userAgents, privacyProxyOpens, ...rest } = machines;
  nothingElse(rest);
  return [
    span(
      'machines.clickAfterDelivery',
      "Machines: a click counts as a machine's when, after the delivery, it comes within",
      clickAfterDeliveryMs,
    ),
    span(
      'machines.manyLinksWithin',
      "Machines: clicks on several links of a mail count as a machine's within",
      manyLinksWithinMs,
    ),
    yesNo('machines.userAgents', 'Machines: programs are recognised by their user agents:', userAgents),
    yesNo(
      'machines.privacyProxyOpens',
      'Machines: opens by privacy proxies are left out:',
      privacyProxyOpens,
    ),
  ];
}
