/**
 * How fast the core is: `observe`, `step`, and `step` with the deadlines between, as a backtest walks a lead's log.
 * Thousands of made-up leads under the sample definition; the same leads every time, whatever the machine.
 *
 * Usage: node bench/core-steps.mjs [--leads N] [--rounds N] [--work NAME] [--beside DIR]
 * `--beside` measures another copy of src/domain in turns with this one, and fails when they end in different states.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const { values: options } = parseArgs({
  options: {
    leads: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '5' },
    beside: { type: 'string' },
    work: { type: 'string' },
  },
});
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const START = Date.parse('2026-01-05T09:00:00Z');

/** Out of how many events each kind comes; most are opens, clicks and visits, as in any marketing log. */
const MIX = {
  'email.opened': 350,
  'page.viewed': 320,
  'email.sent': 100,
  'email.delivered': 100,
  'email.clicked': 90,
  'content.downloaded': 15,
  'lead.updated': 10,
  'form.submitted': 2,
  'webinar.attended': 2,
  'demo.requested': 1,
};
const PAGES = [
  { path: '/blog/a', kind: 'blog' },
  { path: '/blog/b', kind: 'blog' },
  { path: '/blog/c', kind: 'blog' },
  { path: '/blog/d', kind: 'blog' },
  { path: '/about' },
  { path: '/team' },
  { path: '/product/a', kind: 'product', topic: 'product' },
  { path: '/customers/a', kind: 'case_study' },
  { path: '/careers/a' },
];
const PRICING = { path: '/pricing', kind: 'pricing' };

/** One bundle of the modules named, loaded. */
async function load(modules) {
  const directory = mkdtempSync(join(root, 'node_modules', '.bench-'));
  const outfile = join(directory, 'bundle.mjs');
  try {
    await build({
      stdin: { contents: modules.map((path) => `export * from '${path}';`).join('\n'), resolveDir: root },
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const loadCore = (directory) =>
  load(['step', 'deadlines', 'observe', 'definition'].map((name) => join(resolve(directory), `${name}.ts`)));

/** A policy as a worker has it: it was JSON once. */
async function samplePolicy() {
  const { parseDocument, resolveDefinition, termsFor } = await load(
    ['parse', 'resolve', 'document'].map((name) => join(root, 'src/definition', `${name}.ts`)),
  );
  const { draft } = parseDocument(readFileSync(join(root, 'definitions/sample.yaml'), 'utf8'));
  return JSON.parse(JSON.stringify(termsFor(resolveDefinition(draft), 'default').policy));
}

/** The same numbers on every machine (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A lead's log: 20 to 500 events in half a year, few leads with many. */
function madeUpLead(number) {
  const next = random(number);
  const below = (bound) => Math.floor(next() * bound);
  const kinds = Object.entries(MIX).flatMap(([type, share]) => Array(share).fill(type));
  const count = Math.floor(20 * 25 ** (next() ** 2));
  let acceptedAt = START + below(90 * DAY);
  let mails = 0;
  const events = [];
  for (let seq = 1; seq <= count; seq++) {
    const type = seq === 1 ? 'lead.created' : kinds[below(kinds.length)];
    if (type === 'email.sent') mails++;
    const mail = type.startsWith('email.') ? { email: 40_000 + 61 * Math.max(1, mails - below(3)) } : {};
    events.push(event({ seq, type, acceptedAt, next, below, mail }));
    acceptedAt += below((360 * DAY) / count);
  }
  const traits = { country: below(2) ? 'US' : 'DE', companySize: below(400), jobTitle: 'Engineer' };
  return { id: `lead${number}`, events, traits };
}

function event({ seq, type, acceptedAt, next, below, mail }) {
  const occurredAt = acceptedAt - (next() < 0.05 ? below(2 * DAY) : below(5 * SECOND));
  const page = next() < 0.005 ? PRICING : PAGES[below(PAGES.length)];
  const visits = type === 'page.viewed' || type === 'email.clicked';
  const downloads = type === 'content.downloaded';
  const place = visits
    ? page
    : downloads
      ? { kind: 'download', topic: below(4) ? 'product' : 'pricing' }
      : {};
  return {
    seq,
    type,
    occurredAt,
    acceptedAt,
    dayKey: new Date(occurredAt).toISOString().slice(0, 10),
    backfill: false,
    anonymous: false,
    label: null,
    refs: {
      ...mail,
      ...(visits && { link: 90_000 + 7 * (page === PRICING ? PAGES.length : PAGES.indexOf(page)) }),
      ...(downloads && { resource: 1_000 + 13 * below(40) }),
    },
    properties: { title: 'Something', ...place, ...(next() < 0.03 && { bot: true }) },
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
    userAgentIsBot: false,
  };
}

/** What the world outside answers at once; the instants are plausible, no calendar is asked. */
function answerOf(request) {
  const { at = request.startedAt } = request;
  switch (request.request) {
    case 'barrier':
      return { request: 'barrier', throughSeq: 0, asked: true };
    case 'prepare':
      return {
        request: 'prepare',
        facts: {
          rep: 'ana',
          routedBy: 'roundRobin',
          taskDueAt: at + 4 * HOUR,
          slaStartsAt: at,
          slaDueAt: at + 3 * DAY,
          slaRemindAt: at + 2 * DAY,
          bridgeExpiresAt: at + DAY,
          calendarHash: 'team',
        },
      };
    default:
      return {
        request: 'deadlines',
        calendarHash: 'team',
        instants: Object.fromEntries(
          Object.entries(request.queries).map(([name, { from }]) => [name, from + DAY]),
        ),
      };
  }
}

/** A lead's whole life: what `step` is fed, with answers at once and a deadline before whatever comes after it. */
function live(core, policy, { id, events, traits }, sourcePolicy) {
  let state = core.newLead(id, policy);
  const inputs = [];
  const feed = (input) => {
    inputs.push(input);
    state = core.step(state, input, policy).state;
    const [request] = state.requests.filter(({ retryAt }) => retryAt === 0);
    if (request)
      return feed({
        kind: 'request_result',
        id: request.id,
        at: state.at,
        result: { ok: true, answer: answerOf(request) },
      });
    const [effect] = state.effects;
    if (effect) feed({ kind: 'effect_result', key: effect.key, at: state.at, result: { ok: true } });
  };
  const fireThrough = (at) => {
    for (
      let due = core.nextDeadline(state, policy);
      due && due.at <= at;
      due = core.nextDeadline(state, policy)
    )
      feed({ kind: 'timer', deadline: due.kind, at: due.at });
  };
  let shift = 0;
  const sells = (acceptedAt, more) =>
    feed({
      kind: 'command',
      seq: state.seq + 1,
      commandId: `c${++shift}`,
      at: acceptedAt,
      acceptedAt,
      by: 'ana',
      ...more,
    });
  for (const event of events) {
    fireThrough(event.acceptedAt);
    // Of two leads, sales calls one and gives it back.
    const { stage } = state;
    if (stage.name === 'handed_off' && events.length % 2)
      sells(state.at, { command: 'activity', activity: 'call' });
    else if (stage.name === 'working') sells(state.at, { command: 'disposition', disposition: 'not_ready' });
    feed(core.observe({ ...event, seq: event.seq + shift }, traits, sourcePolicy));
  }
  return { id, inputs, state };
}

/** Runs of one kind of work: its pace by the wall clock and by processor time, helper threads included. */
function paced(work) {
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const began = process.hrtime.bigint();
  const calls = work();
  const wallS = Number(process.hrtime.bigint() - began) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  return { perS: calls / wallS, perCpuS: (calls / (user + system)) * 1e6 };
}

function works(core, policy, sourcePolicy, leads, lives) {
  const ended = createHash('sha256');
  return {
    observe: () => {
      let calls = 0;
      for (const { events, traits } of leads)
        for (const event of events) calls += core.observe(event, traits, sourcePolicy).seq > 0 ? 1 : 0;
      return calls;
    },
    step: () => {
      let calls = 0;
      for (const { id, inputs } of lives) {
        let state = core.newLead(id, policy);
        for (const input of inputs) state = core.step(state, input, policy).state;
        calls += inputs.length;
      }
      return calls;
    },
    ...(core.advance && {
      advance: () => {
        let calls = 0;
        for (const { id, inputs } of lives) {
          const state = core.newLead(id, policy);
          for (const input of inputs) core.advance(state, input, policy);
          calls += inputs.length;
        }
        return calls;
      },
    }),
    'step and nextDeadline': () => {
      let calls = 0;
      for (const { id, inputs } of lives) {
        let state = core.newLead(id, policy);
        for (const input of inputs) {
          state = core.step(state, input, policy).state;
          core.nextDeadline(state, policy);
        }
        calls += inputs.length;
      }
      return calls;
    },
    ended: () => {
      for (const { id, inputs } of lives) {
        let state = core.newLead(id, policy);
        for (const input of inputs) {
          const stepped = core.step(state, input, policy);
          state = stepped.state;
          ended.update(JSON.stringify([stepped.decisions, core.nextDeadline(state, policy)]));
        }
        ended.update(JSON.stringify(state));
      }
      return ended.digest('hex').slice(0, 16);
    },
  };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const pace = (number) =>
  `${Math.round(number / 1000)
    .toLocaleString('en')
    .padStart(7)}k`;

const sourcePolicy = await samplePolicy();
const cores = { 'src/domain': await loadCore(join(root, 'src/domain')) };
if (options.beside) cores[options.beside] = await loadCore(options.beside);
const leads = Array.from({ length: Number(options.leads) }, (_, index) => madeUpLead(index));
const core = cores['src/domain'];
const policy = JSON.parse(JSON.stringify(core.corePolicy(sourcePolicy, { number: 1, hash: 'sample' })));
const lives = leads.map((lead) => live(core, policy, lead, sourcePolicy));
const handoffs = lives.reduce((sum, { state }) => sum + state.handoffs, 0);
console.log(
  `${leads.length} leads, ${leads.reduce((sum, { events }) => sum + events.length, 0)} events, ` +
    `${lives.reduce((sum, { inputs }) => sum + inputs.length, 0)} steps, ${handoffs} handoffs`,
);

const figures = new Map();
for (let round = 0; round < Number(options.rounds); round++) {
  const turn = Object.entries(cores);
  for (const [name, one] of round % 2 ? turn : turn.reverse()) {
    const { ended, ...timed } = works(one, policy, sourcePolicy, leads, lives);
    for (const [what, work] of Object.entries(timed)) {
      if (options.work !== undefined && options.work !== what) continue;
      const key = `${what.padEnd(22)} ${name}`;
      figures.set(key, [...(figures.get(key) ?? []), paced(work)]);
    }
  }
}
for (const [key, rounds] of [...figures].sort()) {
  console.log(
    `${pace(median(rounds.map(({ perCpuS }) => perCpuS)))} per CPU second ${pace(median(rounds.map(({ perS }) => perS)))} per second  ${key}`,
  );
}
const ends = Object.values(cores).map((one) => works(one, policy, sourcePolicy, leads, lives).ended());
console.log(`ends in ${ends.join(' and ')}`);
if (new Set(ends).size > 1) process.exitCode = 1;
