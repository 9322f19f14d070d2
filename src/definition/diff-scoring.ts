/** The facts of a source's scoring and triggers. */
import type { ActionTrigger, ScoringPolicy, TriggerPolicy, Where } from '../domain/definition.js';
import { type Fact, nothingElse, type Placed } from './diff-fact.js';
import {
  actionWords,
  conditionWords,
  countWords,
  eventTypeWords,
  eventWords,
  fallbackWords,
  fitWords,
  halfLifeWords,
  intentWords,
  limitWords,
  listWords,
  oftenWords,
  pointsNumber,
  pointsWords,
  quoted,
  ruleWords,
  spanWords,
} from './words.js';

const onlyIf = (where: Where | undefined): string => (where ? `only if ${conditionWords(where)}` : 'always');

export function scoringFacts(scoring: ScoringPolicy): Fact[] {
  const { threshold, decay, rules, groups, fit, fitAtLeast, ...rest } = scoring;
  nothingElse(rest);
  return [
    {
      path: 'scoring.threshold',
      style: 'value',
      label: 'threshold',
      value: threshold,
      words: pointsNumber(threshold),
    },
    {
      path: 'scoring.halfLife',
      style: 'value',
      label: 'points count half',
      value: decay,
      words: halfLifeWords(decay),
    },
    ...rules.flatMap(ruleFacts),
    ...groups.flatMap(groupFacts),
    ...fit.flatMap(fitFacts),
    {
      path: 'scoring.fitAtLeast',
      style: 'value',
      label: 'fit needed for a handoff by score:',
      value: fitAtLeast,
      words: fitAtLeast === null ? 'none' : `at least ${pointsWords(fitAtLeast)}`,
    },
  ];
}

function ruleFacts(rule: ScoringPolicy['rules'][number]): Fact[] {
  const { id, on, where, points, atMost, ...rest } = rule;
  nothingElse(rest);
  const path = `scoring.rules[${id}]`;
  const name = `rule ${quoted(id)}`;
  const part = { style: 'value', within: path } as const;
  return [
    { path, style: 'entry', label: name, value: rule, words: ruleWords(rule) },
    { ...part, path: `${path}.on`, label: `${name} counts`, value: on, words: eventTypeWords(on) },
    {
      ...part,
      path: `${path}.where`,
      label: `${name} counts ${eventTypeWords(on)}`,
      value: where ?? null,
      words: onlyIf(where),
    },
    {
      ...part,
      path: `${path}.points`,
      label: `${name} (${eventWords(on, where)}):`,
      value: points,
      words: pointsWords(points),
    },
    {
      ...part,
      path: `${path}.atMost`,
      label: `${name} (${eventWords(on, where)}) counts`,
      value: atMost ?? null,
      words: limitWords(atMost),
    },
  ];
}

function groupFacts(group: ScoringPolicy['groups'][number]): Fact[] {
  const { id, rules, atMost, ...rest } = group;
  nothingElse(rest);
  const path = `scoring.groups[${id}]`;
  const name = `cap ${quoted(id)}`;
  const together = listWords(
    rules.map((rule) => `rule ${quoted(rule)}`),
    'and',
  );
  return [
    {
      path,
      style: 'entry',
      label: name,
      value: group,
      words: `at most ${pointsWords(atMost)} from ${together} together`,
    },
    {
      path: `${path}.rules`,
      within: path,
      style: 'value',
      label: `${name} is on`,
      value: [...rules].sort(),
      words: together,
    },
    {
      path: `${path}.atMost`,
      within: path,
      style: 'value',
      label: `${name} (${together} together): at most`,
      value: atMost,
      words: pointsWords(atMost),
    },
  ];
}

function fitFacts(fit: ScoringPolicy['fit'][number]): Fact[] {
  const { id, where, points, ...rest } = fit;
  nothingElse(rest);
  const path = `scoring.fit[${id}]`;
  const name = `fit ${quoted(id)}`;
  return [
    { path, style: 'entry', label: name, value: fit, words: fitWords(fit) },
    {
      path: `${path}.where`,
      within: path,
      style: 'value',
      label: `${name} holds`,
      value: where,
      words: Object.keys(where).length === 0 ? 'always' : `if ${conditionWords(where)}`,
    },
    {
      path: `${path}.points`,
      within: path,
      style: 'value',
      label: `${name} (${conditionWords(where)}):`,
      value: points,
      words: pointsWords(points),
    },
  ];
}

/** An action by its id and what it is: `"demo" (a demo request)`. */
export function namedAction({ actions }: TriggerPolicy, id: string): string {
  const action = actions.find((one) => one.id === id);
  return action ? `${quoted(id)} (${eventWords(action.on, action.where)})` : quoted(id);
}

export function triggerFacts(triggers: TriggerPolicy, actionName: (id: string) => string): Fact[] {
  const { actions, freshnessMs, explicit, fallback, cooldownMs, ...rest } = triggers;
  nothingElse(rest);
  return [
    ...actions.flatMap(actionFacts),
    {
      path: 'triggers.actionOrder',
      style: 'order',
      label: 'actions, the first that holds names the handoff:',
      value: actions.map(({ id }): Placed => ({ id, name: quoted(id) })),
      words: '',
    },
    {
      path: 'triggers.freshness',
      style: 'value',
      label: 'an action hands off only when it becomes known within',
      value: freshnessMs,
      words: spanWords(freshnessMs),
    },
    ...explicit.map(
      (id): Fact => ({
        path: `triggers.explicit[${id}]`,
        style: 'member',
        label: 'actions that hand off however late they become known',
        value: id,
        words: actionName(id),
      }),
    ),
    ...fallbackFacts(fallback),
    {
      path: 'triggers.cooldown',
      style: 'value',
      label: 'cooldown after a lead comes back from sales',
      value: cooldownMs,
      words: spanWords(cooldownMs),
    },
  ];
}

function actionFacts(action: ActionTrigger): Fact[] {
  const { id, on, where, intent, times, withinMs, visitGapMs, ...rest } = action;
  nothingElse(rest);
  const path = `triggers.actions[${id}]`;
  const name = `action ${quoted(id)}`;
  const described = `${name} (${eventWords(on, where)})`;
  const part = { style: 'value', within: path } as const;
  return [
    { path, style: 'entry', label: name, value: action, words: actionWords(action) },
    { ...part, path: `${path}.on`, label: `${name} is`, value: on, words: eventTypeWords(on) },
    {
      ...part,
      path: `${path}.where`,
      label: `${name} (${eventTypeWords(on)}) holds`,
      value: where ?? null,
      words: onlyIf(where),
    },
    { ...part, path: `${path}.intent`, label: `${described}:`, value: intent, words: intentWords(intent) },
    {
      ...part,
      path: `${path}.times`,
      label: `${described} must happen`,
      value: [times, withinMs],
      words: oftenWords(action),
    },
    {
      ...part,
      path: `${path}.visitGap`,
      label: `${described}: what happens again within this time counts once:`,
      value: visitGapMs,
      words: spanWords(visitGapMs),
    },
  ];
}

function fallbackFacts(fallback: TriggerPolicy['fallback']): Fact[] {
  if (fallback === null) return [];
  const { afterMs, opens, clicks, cta, ...rest } = fallback;
  const { unansweredForMs, required, ...restOfCta } = cta;
  nothingElse(rest);
  nothingElse(restOfCta);
  const path = 'triggers.fallback';
  const part = { style: 'value', within: path } as const;
  const name = 'handoff by time';
  return [
    { path, style: 'entry', label: name, value: fallback, words: fallbackWords(fallback) },
    {
      ...part,
      path: `${path}.after`,
      label: `${name} after`,
      value: afterMs,
      words: `${spanWords(afterMs)} in nurture`,
    },
    {
      ...part,
      path: `${path}.opens`,
      label: `${name} needs at least`,
      value: opens,
      words: `${countWords(opens, 'mail')} opened`,
    },
    {
      ...part,
      path: `${path}.clicks`,
      label: `${name} needs at least`,
      value: clicks,
      words: `${countWords(clicks, 'link')} clicked`,
    },
    {
      ...part,
      path: `${path}.cta.unansweredFor`,
      label: `${name}: a call to action counts as unanswered after`,
      value: unansweredForMs,
      words: spanWords(unansweredForMs),
    },
    {
      ...part,
      path: `${path}.cta.required`,
      label: `${name}: a mail with a call to action must have been sent:`,
      value: required,
      words: required ? 'yes' : 'no',
    },
  ];
}
