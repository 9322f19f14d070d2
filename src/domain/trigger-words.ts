/** Triggers and points in words. */
import type { TriggerFired } from './decision.js';

/** Why a lead was handed off. */
export function triggerWords(
  trigger: TriggerFired,
  tongue: { readonly action: (id: string) => string },
): string {
  const also = trigger.alsoHeld.length === 0 ? '' : ` (also held: ${trigger.alsoHeld.join(', ')})`;
  switch (trigger.kind) {
    case 'action': {
      const often = trigger.value !== undefined && trigger.value > 1 ? `, ${trigger.value} times` : '';
      const late = trigger.stale ? ' some time ago' : '';
      return `${tongue.action(trigger.id)}${often}${late}${also}`;
    }
    case 'score':
      return `the score reached ${points(trigger.value ?? 0)} (threshold ${points(trigger.threshold ?? 0)})${also}`;
    case 'time':
      return `${trigger.value ?? 0} days in nurture, reading along without an answer${also}`;
    case 'manual':
      return `by hand${also}`;
    case 'follow_up':
      return `the promised follow-up date has come${also}`;
  }
}

/** Milli-points as people write points: at most one decimal. */
export function points(milli: number): string {
  return String(Math.trunc(milli / 100) / 10);
}
