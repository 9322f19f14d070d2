import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Identified, planIdentities } from '../../src/store/identities.js';
import type { IdentityKind } from '../../src/store/schema.js';

type Lead = { email?: string; userId?: string; anonymousId?: string };
const about = (lead: Lead, rest: Partial<Identified> = {}): Identified => ({
  lead,
  createsLead: false,
  isCommand: false,
  ...rest,
});
/** What the database knows: lead id to its identifiers. */
const knowing = (leads: Record<string, Lead>) => ({
  leads: new Map(
    Object.entries(leads).flatMap(([id, lead]) =>
      Object.entries(lead).map(([kind, value]) => [`${kind}:${value}`, id] as const),
    ),
  ),
  kinds: new Map(
    Object.entries(leads).map(([id, lead]) => [id, new Set(Object.keys(lead) as IdentityKind[])] as const),
  ),
});
const bound = (plan: ReturnType<typeof planIdentities>) =>
  plan.newIdentities.map(({ identity, leadId }) => [identity.key, leadId]);

describe('whose an event is', () => {
  it('an email makes a lead, once, and binds what comes with it', () => {
    const plan = planIdentities(
      [
        about({ email: 'a@x.test', anonymousId: 'dev1' }),
        about({ email: 'a@x.test' }),
        about({ anonymousId: 'dev1' }),
      ],
      knowing({}),
    );
    expect(plan.newLeads).toHaveLength(1);
    const [id] = plan.leadIds;
    expect(plan.leadIds).toEqual([id, id, id]);
    expect(bound(plan)).toEqual([
      ['email:a@x.test', id],
      ['anonymousId:dev1', id],
    ]);
  });

  it('any identifier makes one of lead.created', () => {
    const plan = planIdentities([about({ userId: 'u1' }, { createsLead: true })], knowing({}));
    expect(plan.leadIds).toEqual([expect.any(String)]);
  });

  it('nobody knows yet, while there is only a device or a user', () => {
    const plan = planIdentities(
      [about({ anonymousId: 'dev1' }), about({ userId: 'u1', anonymousId: 'dev1' })],
      knowing({}),
    );
    expect(plan).toMatchObject({
      leadIds: [null, null],
      visitors: ['anonymousId:dev1', 'userId:u1'],
      newIdentities: [],
    });
  });

  it('a visitor who becomes known in the same batch was anonymous before', () => {
    const plan = planIdentities(
      [about({ anonymousId: 'dev1' }), about({ email: 'a@x.test', anonymousId: 'dev1' })],
      knowing({}),
    );
    expect(plan.leadIds[0]).toBe(plan.leadIds[1]);
    expect(plan).toMatchObject({ visitors: [null, null], anonymous: [true, false] });
  });

  it('a known email wins over everything else, and nothing that is bound moves', () => {
    const plan = planIdentities(
      [about({ email: 'a@x.test', userId: 'ub', anonymousId: 'devb' })],
      knowing({ A: { email: 'a@x.test' }, B: { email: 'b@x.test', userId: 'ub', anonymousId: 'devb' } }),
    );
    expect(plan).toMatchObject({ leadIds: ['A'], newIdentities: [], newLeads: [] });
  });

  it('a shared computer does not join a second person to the first', () => {
    const plan = planIdentities(
      [about({ email: 'b@x.test', anonymousId: 'dev1' }), about({ anonymousId: 'dev1' })],
      knowing({ A: { email: 'a@x.test', anonymousId: 'dev1' } }),
    );
    const [b] = plan.leadIds;
    expect(b).not.toBe('A');
    expect(plan.leadIds[1]).toBe('A');
    expect(bound(plan)).toEqual([['email:b@x.test', b]]);
  });

  it('nor when the device became known only in this batch, by a person found by email', () => {
    const plan = planIdentities(
      [about({ email: 'a@x.test', anonymousId: 'dev1' }), about({ email: 'b@x.test', anonymousId: 'dev1' })],
      knowing({ A: { email: 'a@x.test' } }),
    );
    expect(plan.leadIds[0]).toBe('A');
    expect(plan.leadIds[1]).not.toBe('A');
  });

  it('a lead without an address takes the first that its own device or user names', () => {
    const known = () => knowing({ A: { anonymousId: 'dev1' }, B: { userId: 'u1', email: 'old@x.test' } });
    expect(planIdentities([about({ email: 'a@x.test', anonymousId: 'dev1' })], known()).leadIds).toEqual([
      'A',
    ]);
    // The same account with another address is the same person.
    expect(planIdentities([about({ email: 'new@x.test', userId: 'u1' })], known()).leadIds).toEqual(['B']);
  });

  it('a command speaks of leads that exist: it makes none and binds nothing', () => {
    const known = knowing({ A: { email: 'a@x.test' } });
    const plan = planIdentities(
      [
        about({ email: 'a@x.test', userId: 'crm1' }, { isCommand: true }),
        about({ email: 'z@x.test' }, { isCommand: true }),
      ],
      known,
    );
    expect(plan).toMatchObject({ leadIds: ['A', null], newLeads: [], newIdentities: [] });
  });

  it('an identifier belongs to one lead, and an email never to the lead of another one, whatever comes', () => {
    const lead = fc.record(
      {
        email: fc.constantFrom('a@x.test', 'b@x.test', 'c@x.test'),
        userId: fc.constantFrom('u1', 'u2'),
        anonymousId: fc.constantFrom('d1', 'd2'),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(lead, { maxLength: 12 }), (leads) => {
        const plan = planIdentities(
          leads.map((one) => about(one)),
          knowing({}),
        );
        const keys = plan.newIdentities.map(({ identity }) => identity.key);
        expect(new Set(keys).size).toBe(keys.length);
        leads.forEach(({ email }, n) => {
          if (!email) return;
          const owner = plan.newIdentities.find(({ identity }) => identity.key === `email:${email}`)?.leadId;
          expect(plan.leadIds[n]).toBe(owner);
        });
      }),
    );
  });
});
