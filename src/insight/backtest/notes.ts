/** What a reader must know to trust a backtest, in words. */
import type { FoldPlan } from './fold.js';
import type { Tally } from './tally.js';

export function notesFor({ before, after }: FoldPlan, { movedOver }: Tally): string[] {
  const notes = [
    'Both versions are applied to the whole past of every lead, also to the time before the period; handoffs that begin within the period are counted.',
    'A lead’s handoffs under the two versions are paired in their order, those at the same instant first. What is left over is gained or lost.',
    'What sales did (calls, outcomes, reassignments) is replayed at the moment at which it was recorded. What speaks of a handoff that a version does not have open at that moment is refused, as it would be in life.',
    'A handoff goes to the rep who was given it on record; else the routing rules decide. The rotation deals by weight, account owners are not looked up, and the reps’ capacity is not simulated. Reps, their calendars and absences are those of today.',
    'Later outcomes come from the record: how the recorded handoff of the same number ended, or what became of the lead where there is none.',
    'A lead’s traits count as they became known; where the log does not tell them, as they are today.',
    'Mails, tasks and pauses succeed at once. Leads that were erased or merged are left out, and so are events that have no number in the log yet.',
  ];
  if (movedOver > 0)
    notes.push(
      `${movedOver} ${movedOver === 1 ? 'handoff moves' : 'handoffs move'} over the beginning of the period: such a one counts as gained where it comes in and as lost where it leaves.`,
    );
  notes.push('A handoff that moves past the end of the period counts as lost.');
  if (before.definition.calendar.timeZone !== after.definition.calendar.timeZone)
    notes.push(
      `Weeks and business days are those of ${after.label}, in ${after.definition.calendar.timeZone}.`,
    );
  return notes;
}
