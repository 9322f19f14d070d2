/** Completes a draft and resolves it per source: a source inherits whatever it does not say. */
import type {
  ActionTrigger,
  FitRule,
  HandoffPolicy,
  ScoreGroup,
  ScoringPolicy,
  ScoringRule,
  SlaTerms,
  SourcePolicy,
  TriggerPolicy,
} from '../domain/definition.js';
import { BUILTIN_CALENDAR, BUILTIN_REST, BUILTIN_SECTION, type Section } from './builtin.js';
import { decayTable } from './decay.js';
import { DEFAULT_SOURCE, type HandoffDefinition, type SourceMails, type SourceTerms } from './document.js';
import { MINUTE_MS } from './durations.js';
import { isRecord } from './field.js';
import type {
  ActionDraft,
  DocumentDraft,
  FitDraft,
  GroupDraft,
  RuleDraft,
  SectionDraft,
  SlaDraft,
} from './schema.js';

/** A page that is counted is counted by visits: views closer together than this are one. */
const PAGE_VISIT_GAP_MS = 30 * MINUTE_MS;

/** What every source of a document shares. */
type Shared = Pick<HandoffDefinition, 'machines' | 'replies' | 'content'>;

export function resolveDefinition(draft: DocumentDraft): HandoffDefinition {
  const shared: Shared = {
    content: draft.content ?? BUILTIN_REST.content,
    machines: machinePolicy(draft),
    replies: { ...BUILTIN_REST.replies, ...defined(draft.replies) },
  };
  const base = defaultsSection(draft.defaults);
  const sources = Object.entries(draft.sources ?? {}).map(([id, source]): [string, SourceTerms] => {
    const section = sourceSection(base, source);
    return [id, sourceTerms(id, source.title ?? id, section, shared)];
  });
  return {
    format: 1,
    name: draft.name,
    signedOffBy: { marketing: draft.signedOffBy?.marketing ?? null, sales: draft.signedOffBy?.sales ?? null },
    calendar: { ...BUILTIN_CALENDAR, ...defined(draft.calendar) },
    ...shared,
    futureToleranceMs: draft.futureTolerance ?? BUILTIN_REST.futureTolerance,
    publishGuard: draft.publishGuard ?? BUILTIN_REST.publishGuard,
    defaults: sourceTerms(DEFAULT_SOURCE, 'Any other source', base, shared),
    sources: Object.fromEntries(sources),
    routing: {
      ladder: draft.routing?.ladder ?? BUILTIN_REST.ladder,
      territories: draft.routing?.territories ?? [],
      queue: { alert: 'managers' },
    },
  };
}

/**
 * The document's own defaults over the built-in ones. Lists replace: who writes rules wants those rules. What only
 * makes sense beside a built-in list goes with it.
 */
function defaultsSection(draft: SectionDraft | undefined): Section {
  const section = overlay(BUILTIN_SECTION, withoutOff(draft), BUILTIN_SECTION, false) as Section;
  const { scoring, triggers } = section;
  const ownRules = draft?.scoring?.rules !== undefined && draft.scoring.groups === undefined;
  return {
    ...section,
    scoring: { ...scoring, groups: ownRules ? [] : scoring.groups },
    triggers: {
      ...triggers,
      explicit: draft?.triggers?.explicit ?? triggers.explicit.filter((id) => hasId(triggers.actions, id)),
    },
  };
}

function withoutOff(draft: SectionDraft | undefined): SectionDraft | undefined {
  if (!draft) return undefined;
  const on = <T extends { readonly off?: boolean }>(items: readonly T[] | undefined) =>
    items?.filter(({ off }) => !off);
  const { scoring, triggers } = draft;
  return {
    ...draft,
    scoring: scoring && {
      ...scoring,
      rules: on(scoring.rules),
      groups: on(scoring.groups),
      fit: on(scoring.fit),
    },
    triggers: triggers && { ...triggers, actions: on(triggers.actions) },
  };
}

/** A source's say over the defaults. Lists whose entries have ids merge by id; what named a removed entry lets go of it. */
function sourceSection(base: Section, draft: SectionDraft): Section {
  const section = overlay(base, draft, BUILTIN_SECTION, true) as Section;
  const { scoring, triggers } = section;
  return {
    ...section,
    scoring: {
      ...scoring,
      groups: scoring.groups.map((group) => ({
        ...group,
        rules: group.rules?.filter((id) => hasId(scoring.rules, id)),
      })),
    },
    triggers: { ...triggers, explicit: triggers.explicit.filter((id) => hasId(triggers.actions, id)) },
  };
}

const hasId = (items: readonly { readonly id: string }[], id: string): boolean =>
  items.some((item) => item.id === id);

/**
 * `over` on top of `base`, key by key. Durations and lists count as one value, except lists of entries with ids
 * where `byId` is set. Where `base` was turned off with null, what `over` leaves out comes from `builtin`.
 */
function overlay(base: unknown, over: unknown, builtin: unknown, byId: boolean): unknown {
  if (over === undefined) return base;
  if (Array.isArray(over)) return byId && isIdList(base) && isIdList(over) ? mergeById(base, over) : over;
  if (!isRecord(over) || isDuration(over)) return over;
  const ground = isRecord(base) && !isDuration(base) ? base : isRecord(builtin) ? builtin : {};
  const merged: Record<string, unknown> = { ...ground };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = overlay(ground[key], value, isRecord(builtin) ? builtin[key] : undefined, byId);
  }
  return merged;
}

function isDuration(value: Record<string, unknown>): boolean {
  return 'ms' in value || 'businessDays' in value;
}

interface WithId {
  readonly id: string;
  readonly off?: boolean;
}

function isIdList(value: unknown): value is readonly WithId[] {
  return Array.isArray(value) && value.every((item) => isRecord(item) && typeof item.id === 'string');
}

function mergeById(base: readonly WithId[], over: readonly WithId[]): readonly WithId[] {
  const merged = new Map(base.map((item) => [item.id, item]));
  for (const item of over) {
    if (item.off) merged.delete(item.id);
    else merged.set(item.id, { ...merged.get(item.id), ...defined(item), id: item.id });
  }
  return [...merged.values()];
}

/** Without the keys that are undefined, so that spreading them hides nothing. */
function defined<T extends object>(
  value: T | undefined,
): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> {
  return Object.fromEntries(
    Object.entries(value ?? {}).filter(([, entry]) => entry !== undefined),
  ) as Partial<{
    [K in keyof T]: Exclude<T[K], undefined>;
  }>;
}

function sourceTerms(id: string, title: string, section: Section, shared: Shared): SourceTerms {
  return { id, title, policy: sourcePolicy(id, section, shared), mails: mails(section) };
}

function sourcePolicy(source: string, section: Section, shared: Shared): SourcePolicy {
  const { reentry, after, nurture } = section;
  return {
    source,
    scoring: scoringPolicy(section),
    triggers: triggerPolicy(section),
    handoff: handoffPolicy(section),
    reentry: {
      track: reentry.track,
      tags: Object.fromEntries(Object.entries(reentry.tags).filter(([, tag]) => tag !== null)),
    },
    after,
    nurture: {
      track: nurture.track,
      sunset: nurture.sunset && {
        afterMs: nurture.sunset.after,
        withoutEngagementForMs: nurture.sunset.withoutEngagementFor,
      },
    },
    ...shared,
  };
}

function scoringPolicy({ scoring }: Section): ScoringPolicy {
  return {
    threshold: scoring.threshold,
    decay: decayTable(scoring.halfLife),
    rules: scoring.rules.map(scoringRule),
    groups: scoring.groups.map(scoreGroup).filter(({ rules }) => rules.length > 0),
    fit: scoring.fit.map(fitRule),
    fitAtLeast: scoring.fitAtLeast,
  };
}

// An entry that lacks a field is a fault that `checkDefinition` reports; what is put in its place here is never published.
const scoringRule = ({ id, on = '', where, points = 0, atMost }: RuleDraft): ScoringRule => ({
  id,
  on,
  points,
  ...(where && { where }),
  ...(atMost && { atMost }),
});
const scoreGroup = ({ id, rules = [], atMost = 0 }: GroupDraft): ScoreGroup => ({ id, rules, atMost });
const fitRule = ({ id, where = {}, points = 0 }: FitDraft): FitRule => ({ id, where, points });

function triggerPolicy({ triggers }: Section): TriggerPolicy {
  const { fallback } = triggers;
  return {
    actions: triggers.actions.map(actionTrigger),
    freshnessMs: triggers.freshness,
    explicit: triggers.explicit,
    fallback: fallback && {
      afterMs: fallback.after,
      opens: fallback.opens,
      clicks: fallback.clicks,
      cta: { unansweredForMs: fallback.cta.unansweredFor, required: fallback.cta.required },
    },
    cooldownMs: triggers.cooldown,
  };
}

function actionTrigger({
  id,
  on = '',
  where,
  intent = 'warm',
  times = 1,
  within,
  visitGap,
}: ActionDraft): ActionTrigger {
  return {
    id,
    on,
    ...(where && { where }),
    intent,
    times,
    withinMs: within ?? 0,
    visitGapMs: visitGap ?? (times > 1 && on === 'page.viewed' ? PAGE_VISIT_GAP_MS : 0),
  };
}

function handoffPolicy({ handoff }: Section): HandoffPolicy {
  const { due, sla, idle, emails } = handoff;
  const terms = (own: SlaDraft | undefined): SlaTerms => {
    const { firstActivityWithin, remindBefore, lapseExtension, reassignments, satisfiedBy } = {
      ...sla,
      ...defined(own),
    };
    return { firstActivityWithin, remindBefore, lapseExtension, reassignments, satisfiedBy };
  };
  return {
    due: {
      high: due.high,
      warm: due.warm,
      sameDayMinimumMs: due.sameDayMinimum,
      sameDaySpillMs: due.sameDaySpill,
    },
    sla: { high: terms(sla.byIntent.high), warm: terms(sla.byIntent.warm) },
    idle: { remindRepMs: idle.remindRep, remindManagerMs: idle.remindManager, closeMs: idle.close },
    changeDispositionWithinMs: handoff.changeDispositionWithin,
    final: emails.final && {
      scoreShare: Math.round(emails.final.at.scoreShare * 1e6),
      beforeFallbackMs: emails.final.at.beforeFallback,
    },
    bridge: emails.bridge && { afterMs: emails.bridge.after },
  };
}

function mails({ handoff: { emails } }: Section): SourceMails {
  const template = ({ subject, text }: { subject: string; text: string }) => ({ subject, text });
  return {
    final: emails.final && template(emails.final),
    bridge: emails.bridge && template(emails.bridge),
    draft: template(emails.draft),
  };
}

function machinePolicy({ machines }: DocumentDraft): HandoffDefinition['machines'] {
  const { clickAfterDelivery, manyLinksWithin, userAgents, privacyProxyOpens } = {
    ...BUILTIN_REST.machines,
    ...defined(machines),
  };
  return {
    clickAfterDeliveryMs: clickAfterDelivery,
    manyLinksWithinMs: manyLinksWithin,
    userAgents,
    privacyProxyOpens,
  };
}
