/** What qualifies a lead: the actions, the score, the time in nurture, and what holds them back. */
import type { ActionTrigger, SourcePolicy } from '../domain/definition.js';
import type { Block, Section } from './describe-model.js';
import { capitalised, sentenceOf } from './describe-words.js';
import {
  conditionWords,
  countWords,
  eventWords,
  fallbackWords,
  halfLifeWords,
  intentWords,
  limitWords,
  listWords,
  oftenWords,
  pointsNumber,
  pointsWords,
  spanWords,
} from './words.js';

const POINTS = { title: 'Points', numeric: true } as const;

export function qualifyingSection(policy: SourcePolicy): Section {
  const { actions, fallback } = policy.triggers;
  return {
    id: 'qualifies',
    title: 'What hands a lead off',
    blocks: [
      ...actionBlocks(policy.triggers.explicit, actions),
      {
        kind: 'terms',
        items: [
          { term: 'By score', text: sentenceOf(`warm intent, when ${scoreWords(policy)}`) },
          {
            term: 'By time in nurture',
            text:
              fallback === null
                ? 'Never.'
                : sentenceOf(
                    `warm intent, ${fallbackWords(fallback)}. Only time in which nurture mail was allowed counts`,
                  ),
          },
          {
            term: 'By hand',
            text: 'A person hands the lead off: warm intent, whatever its fit and the cooldown say.',
          },
          {
            term: 'On a promised date',
            text: 'Sales found the lead not ready and promised to ask again: warm intent, on that day or the next working day, whatever the cooldown says.',
          },
        ],
      },
    ],
  };
}

function actionBlocks(explicit: readonly string[], actions: readonly ActionTrigger[]): Block[] {
  if (actions.length === 0) return [{ kind: 'paragraph', text: 'No act of a lead hands it off at once.' }];
  return [
    {
      kind: 'table',
      caption: 'At once, whatever the score',
      columns: [
        { title: 'Action' },
        { title: 'What the lead does' },
        { title: 'How often' },
        { title: 'Intent' },
        { title: 'However old' },
      ],
      rows: actions.map((action) => [
        action.id,
        capitalised(eventWords(action.on, action.where)),
        actionOften(action),
        capitalised(action.intent),
        explicit.includes(action.id) ? 'Yes' : 'No',
      ]),
    },
  ];
}

function actionOften(action: ActionTrigger): string {
  if (action.times <= 1) return 'Once';
  const visits = action.visitGapMs === 0 ? '' : `; again within ${spanWords(action.visitGapMs)} counts once`;
  return `${capitalised(oftenWords(action))}${visits}`;
}

/** `its score reaches 50 points and its fit is at least -5 points`. */
function scoreWords({ scoring }: SourcePolicy): string {
  const fit =
    scoring.fitAtLeast === null ? '' : ` and its fit is at least ${pointsWords(scoring.fitAtLeast)}`;
  return `its score reaches ${pointsWords(scoring.threshold)}${fit}`;
}

/** Who is handed off, as the middle of a sentence. */
export function whoWords(policy: SourcePolicy): readonly string[] {
  const { actions, fallback } = policy.triggers;
  const acts = actions.map(
    (action) => eventWords(action.on, action.where) + (action.times > 1 ? ` (${oftenWords(action)})` : ''),
  );
  return [
    ...(acts.length === 0 ? [] : [`at once after ${listWords(acts, 'or')}`]),
    `when ${scoreWords(policy)}`,
    ...(fallback === null ? [] : [fallbackWords(fallback)]),
  ];
}

export function scoreSection({ scoring }: SourcePolicy): Section {
  const blocks: Block[] = [];
  const decay =
    scoring.decay.length === 0
      ? 'Points do not fade'
      : `Points fade: one counts half ${halfLifeWords(scoring.decay)}`;
  blocks.push({
    kind: 'paragraph',
    text: `The threshold is ${pointsWords(scoring.threshold)}. Every rule that matches counts. ${decay}. What a machine did never counts, and a lead that came back to nurture starts from nothing.`,
  });
  if (scoring.rules.length > 0) {
    blocks.push({
      kind: 'table',
      caption: 'What the lead does, and what it counts',
      columns: [{ title: 'Rule' }, { title: 'What the lead does' }, POINTS, { title: 'How often it counts' }],
      rows: scoring.rules.map(({ id, on, where, points, atMost }) => [
        id,
        capitalised(eventWords(on, where)),
        pointsNumber(points),
        capitalised(limitWords(atMost)),
      ]),
    });
  }
  if (scoring.groups.length > 0) {
    blocks.push({
      kind: 'table',
      caption: 'Together these rules count no more than',
      columns: [{ title: 'Cap' }, { title: 'Rules' }, POINTS],
      rows: scoring.groups.map(({ id, rules, atMost }) => [
        id,
        listWords(rules, 'and'),
        pointsNumber(atMost),
      ]),
    });
  }
  return { id: 'score', title: 'How the score is counted', blocks: [...blocks, ...fitBlocks(scoring)] };
}

function fitBlocks({ fit, fitAtLeast }: SourcePolicy['scoring']): Block[] {
  const bar =
    fitAtLeast === null
      ? 'Fit never holds a handoff back.'
      : `Beside the threshold the fit must be at least ${pointsWords(fitAtLeast)}; otherwise the handoff by score waits until it is.`;
  const text = `Fit says who the lead is. It is kept apart from the score. ${bar}`;
  if (fit.length === 0)
    return [{ kind: 'paragraph', text: `${text} There are no rules of fit: it is 0 for everybody.` }];
  return [
    { kind: 'paragraph', text },
    {
      kind: 'table',
      caption: 'Who the lead is, and what it counts',
      columns: [{ title: 'Rule' }, { title: 'When' }, POINTS],
      rows: fit.map(({ id, where, points }) => [
        id,
        capitalised(conditionWords(where)),
        pointsNumber(points),
      ]),
    },
  ];
}

export function holdsSection({ triggers, scoring }: SourcePolicy): Section {
  const { cooldownMs, freshnessMs, explicit, actions } = triggers;
  const named = actions.filter(({ id }) => explicit.includes(id)).map(({ id }) => id);
  return {
    id: 'holds',
    title: 'What holds a lead back',
    blocks: [
      {
        kind: 'terms',
        items: [
          {
            term: 'Cooldown',
            text:
              cooldownMs === 0
                ? 'None: a lead that came back to nurture may be handed off again at once.'
                : `For ${spanWords(cooldownMs)} after a lead came back to nurture, score, time and warm actions are held back; acts of ${intentWords('high')} are not.`,
          },
          {
            term: 'Old news',
            text: `An action that was more than ${spanWords(freshnessMs)} old when it became known adds to the score and does not hand off${
              named.length === 0
                ? ''
                : `, except ${listWords(named, 'and')}: the lead asked for it. The handoff then says how old it is, and no bridge email is sent`
            }.`,
          },
          {
            term: 'No marketing mail wanted',
            text: 'Score, time and warm actions are held back. An act of high intent hands off, says so, and no bridge email is sent.',
          },
          ...(scoring.fitAtLeast === null
            ? []
            : [
                {
                  term: 'Fit',
                  text: `A score is held back while the fit is below ${pointsWords(scoring.fitAtLeast)}.`,
                },
              ]),
          {
            term: 'With sales already',
            text: 'A lead is with one rep at a time: what it does of high intent is added to the open handoff.',
          },
          {
            term: 'Imported history',
            text: 'Counts for score and time and hands nobody off by itself: the leads are judged once, with their import.',
          },
        ],
      },
    ],
  };
}

/** The triggers other than actions in a few words, for tables. */
export const fallbackShort = ({ triggers: { fallback } }: SourcePolicy): string =>
  fallback === null
    ? 'Never'
    : `${spanWords(fallback.afterMs)}, ${countWords(fallback.opens, 'mail')} opened, ${countWords(fallback.clicks, 'link')} clicked`;
