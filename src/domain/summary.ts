/** The package in a few sentences: where the lead came from, what it did, why sales gets it now. */
import { oneLine, quoted } from './opener.js';
import type { HandoffPackage, PackageEvent, PackageInput } from './package.js';

/** Sentences only; every one of them comes from the input. */
export function summary(input: PackageInput, engagement: HandoffPackage['engagement']): string {
  return [
    origin(input),
    activitySummary(input.events, engagement),
    reason(input),
    history(input),
    suppression(input),
  ]
    .filter((line) => line !== null)
    .join(' ');
}

function origin({ leadSource, createdDay }: PackageInput): string {
  const magnet = leadSource.magnet === null ? '' : ` with ${quoted(leadSource.magnet)}`;
  const channel = leadSource.channel === null ? '' : ` through ${oneLine(leadSource.channel)}`;
  return `Came in as ${oneLine(leadSource.title)}${magnet}${channel} on ${createdDay}.`;
}

/** What the lead did in this nurture period, in a sentence. */
export function activitySummary(
  events: readonly PackageEvent[],
  { opens, clicks, topics }: HandoffPackage['engagement'],
): string {
  const acts = events.filter((event) => event.human && event.current).length;
  if (acts === 0) return 'No act of the lead is on record in this nurture period.';
  const parts = [
    opens > 0 ? `opened ${count(opens, 'email')}` : null,
    clicks > 0 ? `clicked ${count(clicks, 'different link')}` : null,
  ].filter((part) => part !== null);
  const about =
    topics.length === 0
      ? ''
      : `, mostly about ${topics
          .slice(0, 2)
          .map(({ topic }) => oneLine(topic))
          .join(' and ')}`;
  const detail = parts.length === 0 ? '' : `: ${parts.join(' and ')}`;
  return `${count(acts, 'act')} on record in this nurture period${detail}${about}.`;
}

function reason({ trigger, triggerDay }: PackageInput): string {
  const late = trigger.stale ? ` That was on ${triggerDay} and became known only later.` : '';
  const also = trigger.alsoHeld.length === 0 ? '' : ` Also held: ${trigger.alsoHeld.join(', ')}.`;
  return `${triggerSentence(trigger, triggerDay)}${late}${also}`;
}

/** Why the lead is handed off, in words. */
export function triggerSentence(trigger: PackageInput['trigger'], day: string): string {
  switch (trigger.kind) {
    case 'action': {
      const often = trigger.value !== undefined && trigger.value > 1 ? `, ${trigger.value} times` : '';
      const intent = trigger.intent === 'high' ? 'High intent' : 'A warm sign';
      return `${intent}: the action ${quoted(trigger.id)}${often} on ${day}.`;
    }
    case 'score':
      return `The score reached ${whole(trigger.value)} (threshold ${whole(trigger.threshold)}) on ${day}.`;
    case 'time':
      return `Long in nurture${trigger.value === undefined ? '' : ` (${trigger.value} days)`}, reading along, and never answered: handed over on ${day}.`;
    case 'manual':
      return `Handed over by a person on ${day}.`;
    case 'follow_up':
      return `The promised follow-up date came on ${day}.`;
  }
}

function history({ earlier }: PackageInput): string | null {
  if (earlier.length === 0) return null;
  const last = earlier[earlier.length - 1];
  const outcome = last?.outcome == null ? 'still open' : last.outcome.replaceAll('_', ' ');
  return `Handoff ${earlier.length + 1} of this lead; the one before ended: ${outcome}.`;
}

function suppression({ suppressed }: PackageInput): string | null {
  if (suppressed.sales) return 'The lead wants no sales mail: phone only.';
  return suppressed.marketing ? 'The lead wants no marketing mail: no bridge email was sent.' : null;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function whole(milliPoints: number | undefined): string {
  return milliPoints === undefined ? '?' : String(Math.floor(milliPoints / 1000));
}
