import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { definitionPage } from '../../src/console/definition-page.js';
import { PAGE_POLICY } from '../../src/console/layout.js';
import { describeAll, describeOverview, describeSource } from '../../src/definition/describe.js';
import { changedSample, TODAY, version } from '../support/described.js';

const sample = changedSample();
const options = { today: TODAY };
const whole = definitionPage(describeAll(sample, version, options));

describe('the page', () => {
  it('asks nobody for anything and runs nothing', () => {
    expect(whole).not.toMatch(/<(script|link|img|iframe|form|object|embed)\b|\son\w+=|style=|@import|url\(/i);
    expect([...whole.matchAll(/href="([^"]*)"/g)].every(([, href]) => href?.startsWith('#'))).toBe(true);
  });

  it('shows its style under its own policy', () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(whole)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(style).toContain('@media print');
    expect(PAGE_POLICY).toContain(`style-src 'sha256-${hash}'`);
    expect(PAGE_POLICY).toMatch(/^default-src 'none';/);
  });

  it('escapes whatever people wrote', () => {
    const attack = '</title><script>alert(1)</script>"\'&';
    const definition = changedSample((document) => {
      document.name = attack;
      document.sources.webinar.title = attack;
      document.content[0].title = attack;
      document.defaults.handoff.emails.bridge.subject = attack;
      document.defaults.handoff.emails.bridge.text = `${attack} {{ rep.name }} will write. Soon.`;
      document.replies.optOut.push(attack);
      document.defaults.scoring.rules[0].where = { subject: attack };
    });
    const signed = { marketing: attack, sales: attack };
    const page = definitionPage(
      describeAll(definition, { ...version, label: attack, signed, note: attack }, options),
    );
    expect(page).not.toContain('<script');
    expect(page.match(/<\/title>/g)).toHaveLength(1);
    expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(10);
  });

  it('has headings in order, one main part, and ids that are there once', () => {
    const levels = [...whole.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    for (const [index, level] of levels.entries())
      expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    expect(whole.match(/<main/g)).toHaveLength(1);
    const ids = [...whole.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of whole.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
    expect(whole.startsWith('<!doctype html><html lang="en">')).toBe(true);
  });

  it('gives every table a caption, and headers to its columns and rows', () => {
    const tables = whole.match(/<table>[\s\S]*?<\/table>/g) ?? [];
    expect(tables.length).toBeGreaterThan(10);
    for (const table of tables) {
      expect(table).toMatch(/^<table><caption>.+?<\/caption><thead>/);
      expect(table).toContain('<th scope="row">');
      expect(table).not.toContain('<td scope');
    }
  });

  it('links the other pages where it is told their address, and names them where it is not', () => {
    const overview = describeOverview(sample, version, options);
    expect(definitionPage(overview, { hrefOf: (page) => `?source=${page}` })).toContain(
      '<a href="?source=webinar">Webinar attendee</a>',
    );
    expect(definitionPage(overview)).toContain('<li>Webinar attendee</li>');
  });

  it('is titled by its source', () => {
    const page = definitionPage(describeSource(sample, version, 'webinar', options));
    expect(page).toContain('<title>Webinar attendee: Acme handoff definition</title>');
  });
});
