/** What a decision asks of marketing's platform: pause, resume, tags; and the clock of nurture time. */
import type { Turn } from './turn.js';

/** Marketing stops before anything else; a resume or a final email still waiting would contradict it. */
export function pauseNurture(turn: Turn, handoff: number | null): void {
  turn.drop(
    (args) => args.effect === 'resume' || args.effect === 'final' || args.effect === 'pause',
    'superseded',
  );
  turn.perform({ effect: 'pause' }, handoff);
}

/** The fallback counts only time in which nurture mail was allowed. */
export function stopNurtureClock(turn: Turn): void {
  const { period } = turn.state;
  if (period.allowedSince === null) return;
  const ran = Math.max(0, turn.at - period.allowedSince);
  turn.set({ period: { ...period, allowedMs: period.allowedMs + ran, allowedSince: null } });
}

/** Tells the platform to go on with the track the lead is on. */
export function resumeNurture(turn: Turn, handoff: number | null): void {
  const { stage } = turn.state;
  if (stage.name !== 'nurturing') return;
  turn.drop((args) => args.effect === 'resume' || args.effect === 'pause', 'superseded');
  turn.perform({ effect: 'resume', track: stage.track }, handoff);
}

/** A sleeping lead is nurtured again: the same period goes on, on the long-term track. */
export function wakeNurture(turn: Turn): void {
  turn.enter({ name: 'nurturing', track: 'long_term' });
  if (turn.state.suppressed.marketing !== null) return;
  turn.set({ period: { ...turn.state.period, allowedSince: turn.at } });
  resumeNurture(turn, null);
}

export function addTag(turn: Turn, tag: string | undefined, handoff: number | null): void {
  if (tag === undefined || turn.state.tags.includes(tag)) return;
  turn.drop((args) => args.effect === 'untag' && args.tag === tag, 'superseded');
  turn.set({ tags: [...turn.state.tags, tag] });
  turn.perform({ effect: 'tag', tag }, handoff);
}

export function removeTag(turn: Turn, tag: string, handoff: number | null): void {
  if (!turn.state.tags.includes(tag)) return;
  turn.drop((args) => args.effect === 'tag' && args.tag === tag, 'superseded');
  turn.set({ tags: turn.state.tags.filter((other) => other !== tag) });
  turn.perform({ effect: 'untag', tag }, handoff);
}
