/** How the world outside answers a story: effects succeed and requests are answered, unless it is told otherwise. */
import { calendarFor, computeDeadline, handoffDeadlines } from '../../src/definition/calendar.js';
import type { EffectKind, PendingRequest } from '../../src/domain/decision.js';
import type { CorePolicy } from '../../src/domain/definition.js';
import type { FaultCode, RequestAnswer } from '../../src/domain/lead-event.js';
import type { LeadState } from '../../src/domain/state.js';
import { sample } from './sample-definition.js';

type Behaviour = 'works' | 'hangs' | { readonly code: FaultCode; readonly permanent: boolean };
export type Outside = EffectKind | PendingRequest['request'];

export class World {
  /** Who the ladder finds, best first; none left is the queue. */
  reps: readonly string[] = ['ana', 'ben', 'cleo'];
  /** Whether the CRM can be asked before a lapse. */
  crmAnswers = true;
  private readonly behaviours = new Map<Outside, Behaviour>();

  set(what: Outside, behaviour: Behaviour): void {
    this.behaviours.set(what, behaviour);
  }

  of(what: Outside): Behaviour {
    return this.behaviours.get(what) ?? 'works';
  }

  answer(request: PendingRequest, state: LeadState, policy: CorePolicy): RequestAnswer {
    const calendar = calendarFor(sample, null);
    switch (request.request) {
      case 'barrier':
        return { request: 'barrier', throughSeq: state.seq, asked: this.crmAnswers };
      case 'deadlines': {
        const instants = Object.entries(request.queries).map(([name, query]) => [
          name,
          computeDeadline(query, calendar),
        ]);
        return { request: 'deadlines', instants: Object.fromEntries(instants), calendarHash: 'team' };
      }
      case 'prepare': {
        const { startedAt, intent } = request;
        const deadlines = handoffDeadlines({ startedAt, intent, terms: policy.handoff, calendar });
        return {
          request: 'prepare',
          facts: { ...this.route(request), calendarHash: 'team', ...deadlines },
        };
      }
    }
  }

  private route({ exclude, prefer }: Extract<PendingRequest, { request: 'prepare' }>) {
    const free = this.reps.filter((rep) => !exclude.includes(rep));
    const preferred = free.find((rep) => rep === prefer);
    const rep = preferred ?? free[0] ?? null;
    return { rep, routedBy: preferred ? 'preferred' : rep === null ? 'queue' : 'roundRobin' };
  }
}
