/** The routing ladder: who gets a lead. Pure and deterministic; who is there and what they carry is read outside. */

type RoutingRung = 'owner' | 'account' | 'territory' | 'roundRobin' | 'queue';
/** `preferred` is the rep a follow-up was promised by. */
export type RoutedBy = RoutingRung | 'preferred';

export interface RoutingRep {
  readonly id: string;
  /** Active, and there on the day the clock would start for them. */
  readonly available: boolean;
  /** Takes part in the round robin. */
  readonly inRotation: boolean;
  readonly weight: number;
  /** Handoffs awaiting first contact that they may hold; null is without limit. */
  readonly capacity: number | null;
  readonly awaiting: number;
  /** Handoffs they were given lately: what the rotation evens out. */
  readonly assigned: number;
  readonly lastAssignedAt: number | null;
}

export interface RoutingInput {
  readonly ladder: readonly RoutingRung[];
  readonly reps: readonly RoutingRep[];
  readonly exclude: readonly string[];
  readonly prefer: string | null;
  readonly owner: string | null;
  /** Owners of the company's other leads, the newest first. */
  readonly accountOwners: readonly string[];
  /** Reps of the first territory that fits; null when none does. */
  readonly territory: readonly string[] | null;
}

/** Walks the ladder. Nobody found is the queue, whether or not the ladder names it: never silently nobody. */
export function route(input: RoutingInput): { readonly rep: string | null; readonly routedBy: RoutedBy } {
  const free = input.reps.filter((rep) => rep.available && !input.exclude.includes(rep.id));
  const byId = (id: string | null) => free.find((rep) => rep.id === id);
  const preferred = byId(input.prefer);
  if (preferred) return { rep: preferred.id, routedBy: 'preferred' };
  for (const rung of input.ladder) {
    const rep = onRung(rung, input, free);
    if (rep) return { rep: rep.id, routedBy: rung };
  }
  return { rep: null, routedBy: 'queue' };
}

function onRung(rung: RoutingRung, input: RoutingInput, free: readonly RoutingRep[]): RoutingRep | undefined {
  switch (rung) {
    case 'owner':
      return free.find((rep) => rep.id === input.owner);
    case 'account':
      for (const owner of input.accountOwners) {
        const rep = free.find(({ id }) => id === owner);
        if (rep) return rep;
      }
      return undefined;
    case 'territory':
      return next(free.filter((rep) => input.territory?.includes(rep.id)));
    case 'roundRobin':
      return next(free.filter((rep) => rep.inRotation && rep.weight > 0 && hasRoom(rep)));
    case 'queue':
      return undefined;
  }
}

function hasRoom(rep: RoutingRep): boolean {
  return rep.capacity === null || rep.awaiting < rep.capacity;
}

/** Whose turn it is: the fewest handoffs for their weight, then the longest without one, then by id. */
function next(reps: readonly RoutingRep[]): RoutingRep | undefined {
  let first: RoutingRep | undefined;
  for (const rep of reps) if (!first || compare(rep, first) < 0) first = rep;
  return first;
}

function compare(a: RoutingRep, b: RoutingRep): number {
  // Cross-multiplied: equal shares must compare equal, which fractions do not promise.
  const share = a.assigned * Math.max(b.weight, 1) - b.assigned * Math.max(a.weight, 1);
  if (share !== 0) return share;
  const since = (a.lastAssignedAt ?? 0) - (b.lastAssignedAt ?? 0);
  if (since !== 0) return since;
  return a.id < b.id ? -1 : 1;
}
