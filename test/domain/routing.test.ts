import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RoutingInput, type RoutingRep, route } from '../../src/domain/routing.js';

const rep = (id: string, change: Partial<RoutingRep> = {}): RoutingRep => ({
  id,
  available: true,
  inRotation: true,
  weight: 1,
  capacity: null,
  awaiting: 0,
  assigned: 0,
  lastAssignedAt: null,
  ...change,
});
const ask = (reps: RoutingRep[], change: Partial<RoutingInput> = {}): RoutingInput => ({
  ladder: ['owner', 'account', 'territory', 'roundRobin', 'queue'],
  reps,
  exclude: [],
  prefer: null,
  owner: null,
  accountOwners: [],
  territory: null,
  ...change,
});

describe('the routing ladder', () => {
  const team = [rep('a'), rep('b'), rep('c'), rep('d')];
  const everything = { owner: 'a', accountOwners: ['b'], territory: ['c'] };

  it('is walked in the order the definition gives', () => {
    expect(route(ask(team, everything))).toEqual({ rep: 'a', routedBy: 'owner' });
    expect(route(ask(team, { ...everything, ladder: ['territory', 'owner'] }))).toEqual({
      rep: 'c',
      routedBy: 'territory',
    });
    expect(route(ask(team, { ...everything, prefer: 'd' }))).toEqual({ rep: 'd', routedBy: 'preferred' });
  });

  it('passes over who is not there or is excluded, on every rung', () => {
    const without = (...ids: string[]) => team.map((one) => ({ ...one, available: !ids.includes(one.id) }));
    expect(route(ask(without('a'), everything))).toEqual({ rep: 'b', routedBy: 'account' });
    expect(route(ask(without('a', 'b'), everything))).toEqual({ rep: 'c', routedBy: 'territory' });
    expect(route(ask(without('a', 'b', 'c'), everything))).toEqual({ rep: 'd', routedBy: 'roundRobin' });
    expect(route(ask(team, { ...everything, exclude: ['a', 'b', 'c', 'd'] }))).toEqual({
      rep: null,
      routedBy: 'queue',
    });
    expect(route(ask(without('a'), { prefer: 'a', exclude: ['b'] }))).toMatchObject({ rep: 'c' });
  });

  it('an owner takes the lead however full the hands are; the rotation holds to capacity', () => {
    const full = rep('a', { capacity: 2, awaiting: 2 });
    expect(route(ask([full], { owner: 'a' }))).toMatchObject({ rep: 'a', routedBy: 'owner' });
    expect(route(ask([full]))).toEqual({ rep: null, routedBy: 'queue' });
    expect(route(ask([full, rep('b', { assigned: 50 })]))).toMatchObject({ rep: 'b' });
  });

  it('the rotation takes the fewest for their weight, then the longest without one, then by id', () => {
    expect(route(ask([rep('a', { assigned: 3, weight: 2 }), rep('b', { assigned: 2 })]))).toMatchObject({
      rep: 'a',
    });
    expect(route(ask([rep('a', { lastAssignedAt: 5 }), rep('b', { lastAssignedAt: 4 })]))).toMatchObject({
      rep: 'b',
    });
    expect(route(ask([rep('b'), rep('a')]))).toMatchObject({ rep: 'a' });
    expect(route(ask([rep('a', { inRotation: false }), rep('b', { weight: 0 })]))).toMatchObject({
      rep: null,
    });
  });

  it('shares out by weight, to within one, whatever the order of the reps', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 60 }), (given, leads) => {
        const assigned = given.map(() => 0);
        for (let lead = 0; lead < leads; lead++) {
          const reps = given.map((weight, index) =>
            rep(`r${index}`, { weight, assigned: assigned[index] ?? 0 }),
          );
          const forward = route(ask(reps));
          expect(route(ask([...reps].reverse()))).toEqual(forward);
          const index = Number(forward.rep?.slice(1));
          assigned[index] = (assigned[index] ?? 0) + 1;
        }
        const total = given.reduce((sum, weight) => sum + weight, 0);
        given.forEach((weight, index) => {
          expect(Math.abs((assigned[index] ?? 0) - (leads * weight) / total)).toBeLessThanOrEqual(
            given.length,
          );
        });
      }),
    );
  });
});
