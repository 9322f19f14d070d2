/** Everything a new handoff needs from outside the core, in one activity: rep, deadlines, data package. */
import type { PrepareInput } from '../contracts/lead-workflow.js';
import { calendarFor, calendarHash, handoffDeadlines, repCalendar } from '../definition/calendar.js';
import { routeHandoff } from '../definition/routing.js';
import { renderMail } from '../definition/templates.js';
import type { PublishedDefinition } from '../definition/versions.js';
import { corePolicy } from '../domain/definition.js';
import { mailFacts, phoneOnly } from '../domain/draft-facts.js';
import type { PreparedFacts, RequestAnswer } from '../domain/lead-event.js';
import { buildPackage, type EarlierHandoff, type HandoffPackage } from '../domain/package.js';
import { scoreAt } from '../domain/scoring.js';
import type { Handoff } from '../domain/state.js';
import type { Db } from '../store/database.js';
import {
  earlierHandoffs,
  type LeadRow,
  preparedAnswer,
  type RepRow,
  readHandoff,
  readLead,
  savePrepared,
} from '../store/handoffs.js';
import type { ActivityDeps } from './deps.js';
import { ActivityFault } from './failures.js';
import { passGate } from './gate.js';
import { personOf, readStory, type Story, storyEvents } from './story.js';
import { dayInWords, momentInWords } from './words.js';

/**
 * Routes the handoff, places its deadlines and stores its package. The stored answer belongs to the request: asked
 * again, the same request gets the same answer; a later request of the same handoff routes anew.
 * Throws a permanent fault when the lead is erased, the run replaced, or the state holds no such handoff.
 */
export async function prepareHandoff(deps: ActivityDeps, input: PrepareInput): Promise<RequestAnswer> {
  const { leadId, epoch, request, state } = input;
  const handoff = openHandoff(input);
  const published = await deps.book.byNumber(input.definition.number);
  await passGate(deps.db, leadId, epoch);
  const known = preparedAnswer(await readHandoff(deps.db, leadId, handoff.number), request.id);
  if (known) return { request: 'prepare', facts: known };
  const { period, source } = state;
  const story = await readStory(deps.db, {
    leadId,
    uptoSeq: state.seq,
    published,
    source,
    period,
    atMs: state.at,
  });
  return deps.db.transaction().execute(async (trx) => {
    await passGate(trx, leadId, epoch);
    const lead = await readLead(trx, leadId);
    if (!lead) throw new ActivityFault('rejected', 'The lead was erased.', true);
    const { rep, routedBy } = await routeHandoff(trx, published.definition, {
      lead,
      handoff: handoff.number,
      startedAt: request.startedAt,
      intent: request.intent,
      terms: handoff.terms,
      exclude: request.exclude,
      prefer: request.prefer,
    });
    // Routing has locked the reps, so an attempt that was faster has committed by now.
    const meanwhile = preparedAnswer(await readHandoff(trx, leadId, handoff.number), request.id);
    if (meanwhile) return { request: 'prepare', facts: meanwhile };
    const calendar = calendarFor(published.definition, rep && repCalendar(rep));
    const deadlines = handoffDeadlines({
      startedAt: request.startedAt,
      intent: request.intent,
      terms: handoff.terms,
      calendar,
    });
    const facts: PreparedFacts = {
      rep: rep?.id ?? null,
      routedBy,
      ...deadlines,
      calendarHash: calendarHash(calendar),
    };
    const earlier = await earlierOf(trx, leadId, handoff.number);
    const known = {
      input,
      handoff,
      published,
      lead,
      rep,
      story,
      facts,
      earlier,
      timeZone: calendar.timeZone,
    };
    await savePrepared(trx, {
      leadId,
      number: handoff.number,
      startedAt: handoff.startedAt,
      trigger: handoff.trigger,
      intent: request.intent,
      definitionNumber: input.definition.number,
      request: request.id,
      facts,
      package: packageOf(known),
    });
    return { request: 'prepare', facts };
  });
}

interface Known {
  readonly input: PrepareInput;
  readonly handoff: Handoff;
  readonly published: PublishedDefinition;
  readonly lead: LeadRow;
  readonly rep: RepRow | null;
  readonly story: Story;
  readonly facts: PreparedFacts;
  readonly earlier: readonly EarlierHandoff[];
  readonly timeZone: string;
}

function openHandoff({ state, request }: PrepareInput): Handoff {
  const { stage } = state;
  if ((stage.name === 'handed_off' || stage.name === 'working') && stage.handoff.number === request.handoff)
    return stage.handoff;
  throw new ActivityFault('internal', `The state holds no open handoff ${request.handoff}.`, true);
}

function packageOf(known: Known): HandoffPackage {
  const { input, handoff, published, lead, rep, story, facts, timeZone } = known;
  const { state } = input;
  const atMs = handoff.startedAt;
  const events = storyEvents(story, { timeZone, atMs, period: state.period });
  const policy = corePolicy(published.policyFor(state.source), published.ref);
  const built = buildPackage({
    person: personOf(lead, atMs),
    leadSource: {
      name: lead.source ?? state.source,
      title: published.sourceTitle(lead.source ?? state.source),
      magnet: lead.magnet,
      channel: lead.channel,
    },
    createdDay: dayInWords(lead.created_at.getTime(), timeZone, atMs),
    events,
    trigger: handoff.trigger,
    triggerDay: dayInWords(handoff.trigger.at, timeZone, atMs),
    score: scoreAt(state.engagement, atMs, policy),
    earlier: known.earlier,
    suppressed: { marketing: state.suppressed.marketing !== null, sales: state.suppressed.sales !== null },
  });
  if (state.suppressed.sales !== null) return { ...built, draft: phoneOnly(built.person) };
  const variables = mailFacts(built, {
    events,
    trigger: handoff.trigger,
    rep,
    handoff: {
      date: dayInWords(atMs, timeZone, atMs),
      dueDate: dayInWords(facts.taskDueAt, timeZone, atMs),
      meetingDate: handoff.meetingAt === null ? null : momentInWords(handoff.meetingAt, timeZone, atMs),
    },
    // The draft is the rep's own mail: marketing's link does not belong in it.
    unsubscribeUrl: null,
  });
  return { ...built, draft: renderMail(published.mailsFor(state.source).draft, variables) };
}

async function earlierOf(trx: Db, leadId: string, number: number): Promise<EarlierHandoff[]> {
  const rows = await earlierHandoffs(trx, leadId, number);
  return rows.map((row) => ({
    number: row.number,
    at: row.started_at.toISOString(),
    outcome: row.outcome,
    outcomeAt: row.outcome_at?.toISOString() ?? null,
    reason: row.outcome_reason,
    rep: row.rep_name,
  }));
}
