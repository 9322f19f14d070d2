/** Pause, resume and tags on the marketing platform: all of them may be said again without harm. */
import type { NurturePort } from '../../connectors/ports.js';
import { readLead } from '../../store/handoffs.js';
import { type EffectContext, type Prepared, personFor } from './act.js';

export async function prepareNurture({ deps, leadId, plan: { args } }: EffectContext): Promise<Prepared> {
  const lead = await readLead(deps.db, leadId);
  if (!lead) return { kind: 'skip', code: null };
  const person = personFor(lead);
  const port: NurturePort = deps.connectors.nurture;
  const act = (call: Extract<Prepared, { kind: 'act' }>['call']): Prepared => ({
    kind: 'act',
    reference: null,
    call,
  });
  switch (args.effect) {
    case 'pause':
      return act((call) => port.pause(person, call));
    case 'resume':
      return act((call) => port.resume(person, args.track, call));
    case 'tag':
      return act((call) => port.tag(person, args.tag, call));
    case 'untag':
      return act((call) => port.untag(person, args.tag, call));
    default:
      return {
        kind: 'fault',
        code: 'internal',
        permanent: true,
        error: `${args.effect} is no effect on nurture.`,
      };
  }
}
