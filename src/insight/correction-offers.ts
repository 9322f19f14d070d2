/** What can be done about a correction's consequences: ready-made requests, each with its reason. */
import type { Correction, HandoffChange, LivesCompared } from './correction-lives.js';
import type { LabelledNow } from './correction-now.js';
import { type CorrectionTongue, correctionWords } from './correction-words.js';

export interface Offer {
  /** What `compensate` names it by: `close_handoff/1`, `judge`, `hand_off`. */
  readonly id: string;
  readonly kind: 'close_handoff' | 'judge' | 'hand_off';
  readonly handoff: number | null;
  /** Not done by `compensate: true`: a person must mean this one. */
  readonly onlyWhenNamed: boolean;
  readonly text: string;
  readonly request: {
    readonly method: 'POST';
    readonly path: string;
    readonly body: Readonly<Record<string, unknown>> | null;
  };
}

interface Consequences {
  readonly leadId: string;
  readonly correction: Correction & { readonly by?: string | undefined };
  readonly now: LabelledNow;
  readonly lives: LivesCompared;
  readonly tongue: CorrectionTongue;
  /** The handoff that was closed because the event had the other label. */
  readonly closedFor: number | null;
}

/** Offers in the order in which they would be done; each fits the lead as it will be once the label is given. */
export function offersFor(told: Consequences): Offer[] {
  const { leadId, correction, now, lives, tongue, closedFor } = told;
  const by = correction.by === undefined ? {} : { by: correction.by };
  const because = correctionWords(tongue.noun, correction);
  const { stage } = now.state;
  if (stage.name === 'handed_off' || stage.name === 'working') {
    const { number } = stage.handoff;
    const lost = lives.changes.some((one) => one.change === 'lost' && one.recorded.number === number);
    if (!lost) return [];
    const reason = `${because}; without it handoff ${number} would not have been made`;
    return [closing(leadId, number, stage.name === 'working', { disposition: 'not_ready', reason, ...by })];
  }
  if (now.due?.by === 'judge') {
    const path = `/v1/leads/${leadId}/judge`;
    const text = `Have the lead judged now: ${tongue.trigger(now.due.trigger)}.`;
    const request = { method: 'POST', path, body: null } as const;
    return [{ id: 'judge', kind: 'judge', handoff: null, onlyWhenNamed: false, text, request }];
  }
  if (now.due || stage.name === 'converted') return [];
  // What came after that handoff has had its own end.
  const isUndone = closedFor !== null && closedFor === now.state.handoffs && stage.name !== 'unqualified';
  if (isUndone) {
    const text = `Handoff ${closedFor} was closed because of the label you take back; hand the lead off again?`;
    const reason = `${because}; handoff ${closedFor} was closed because it was held for a machine's`;
    return [handingOff(leadId, text, { reason, ...by })];
  }
  const missed = missedNow(lives);
  if (!missed) return [];
  const text = `Hand the lead off by hand: sales would have it now (${tongue.trigger(missed.trigger)}), and judging looks at score and time only.`;
  return [handingOff(leadId, text, { reason: `${because}; with it the lead would be with sales`, ...by })];
}

function handingOff(leadId: string, text: string, body: Readonly<Record<string, unknown>>): Offer {
  return {
    ...{ id: 'hand_off', kind: 'hand_off', handoff: null, onlyWhenNamed: true, text },
    request: { method: 'POST', path: `/v1/leads/${leadId}/handoffs`, body },
  };
}

function closing(
  leadId: string,
  number: number,
  working: boolean,
  body: Readonly<Record<string, unknown>>,
): Offer {
  const what = `Close handoff ${number} as not ready: its task is closed, and nurture mail goes on.`;
  const first = ' Sales has talked to the lead, so ask the rep first.';
  return {
    ...{ id: `close_handoff/${number}`, kind: 'close_handoff', handoff: number, onlyWhenNamed: working },
    text: working ? `${what}${first}` : what,
    request: { method: 'POST', path: `/v1/handoffs/${leadId}/${number}/disposition`, body },
  };
}

/** The handoff that sales would have now, where it is none of those on record. */
function missedNow({ changes, openWith }: LivesCompared) {
  const gained = (one: HandoffChange) => one.change === 'gained' && one.would.number === openWith?.number;
  return openWith && changes.some(gained) ? openWith : null;
}
