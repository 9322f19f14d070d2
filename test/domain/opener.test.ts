import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Act, actPhrase, opener, thing } from '../../src/domain/opener.js';

const act = (change: Partial<Act>): Act => ({
  type: 'page.viewed',
  at: 0,
  day: 'Tuesday, 24 November',
  mail: null,
  title: null,
  titleFrom: null,
  path: null,
  contentKind: null,
  product: null,
  ...change,
});

describe('the opener', () => {
  it('tells the two newest different acts in the order they happened, with their days', () => {
    const acts = [
      act({ type: 'webinar.attended', at: 1, day: 'Monday, 23 November' }),
      act({ type: 'email.opened', at: 3, mail: 'Five questions', day: 'Wednesday, 25 November' }),
      act({ type: 'content.downloaded', at: 2, title: 'the pricing guide', titleFrom: 'definition' }),
    ];
    expect(opener(acts)).toBe(
      'Downloaded the pricing guide on Tuesday, 24 November and opened the email "Five questions" on Wednesday, 25 November.',
    );
  });

  it('tells the same act once, and how often it was', () => {
    const visits = [1, 2, 3].map((at) =>
      act({ at, contentKind: 'pricing', path: '/pricing', day: `day ${at}` }),
    );
    expect(opener(visits)).toBe(
      'Visited the pricing page on day 3 (3 times by now); nothing else is known yet.',
    );
  });

  it('says so when there is too little to tell', () => {
    expect(opener([])).toBe('Nothing is known yet of what this lead did.');
    expect(opener([act({ type: 'demo.requested' })])).toBe(
      'Asked for a demo on Tuesday, 24 November; nothing else is known yet.',
    );
  });

  it('quotes what senders wrote, on one line and of bearable length', () => {
    const phrase = actPhrase(
      act({ type: 'email.replied', mail: `Re:\r\nBcc: eve@evil.test ${'x'.repeat(300)}` }),
    );
    expect(phrase).not.toMatch(/[\r\n]/);
    expect(phrase.length).toBeLessThan(130);
    expect(thing({ title: 'Our guide', titleFrom: 'sender', path: '/g', contentKind: null })).toBe(
      '"Our guide"',
    );
    expect(actPhrase(act({ type: 'form.submitted', title: 'Contact', product: 'Widget' }))).toBe(
      'filled in the form "Contact" about "Widget"',
    );
  });

  it('says nothing that no act said', () => {
    const types = [
      'email.opened',
      'email.clicked',
      'page.viewed',
      'content.downloaded',
      'demo.requested',
      'custom.x',
    ];
    const arbitraryAct = fc.record({
      type: fc.constantFrom(...types),
      at: fc.nat(9),
      path: fc.constantFrom('/a', '/b', null),
    });
    fc.assert(
      fc.property(fc.array(arbitraryAct, { minLength: 2, maxLength: 8 }), (given) => {
        const acts = given.map((one) => act({ ...one, day: `day ${one.at}` }));
        const phrases = acts.map((one) => actPhrase(one).toLowerCase());
        const told = opener(acts)
          .replace(/\.$|; nothing else is known yet\.$/, '')
          .split(' and ');
        for (const part of told)
          expect(phrases.some((phrase) => part.toLowerCase().startsWith(phrase))).toBe(true);
      }),
    );
  });
});
