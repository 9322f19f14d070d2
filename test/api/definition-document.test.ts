import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handleError } from '../../src/api/errors.js';
import { resource } from '../../src/api/route.js';
import { definitionDocumentRoutes } from '../../src/api/routes/definition-document.js';
import { createDraft } from '../../src/definition/drafts.js';
import { DefinitionBook } from '../../src/definition/versions.js';
import type { OpenDatabase } from '../../src/store/database.js';
import { databases } from '../support/databases.js';

const sample = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');

let opened: OpenDatabase;
let ask: (path: string, accept?: string, scopes?: readonly string[]) => Promise<Response>;
beforeAll(async () => {
  const memory = databases.find(({ name }) => name === 'PGlite');
  if (!memory) throw new Error('the list of test databases has no PGlite');
  opened = await memory.open();
  const book = new DefinitionBook(opened.db);
  await book.publish(sample, 'test');
  ask = async (path, accept, scopes = ['read']) => {
    const app = resource();
    app.onError(handleError);
    app.use(async (c, next) => {
      // biome-ignore lint/suspicious/noExplicitAny: the guard looks at the scopes alone.
      c.set('principal', { scopes } as any);
      await next();
    });
    app.route(
      '/',
      definitionDocumentRoutes({ db: opened.db, book, now: () => Date.parse('2026-11-22T12:00:00Z') }),
    );
    return app.request(`/v1/definitions/${path}`, { headers: accept === undefined ? {} : { accept } });
  };
});
afterAll(() => opened.close());

describe('the document over HTTP', () => {
  it('is a page under its own policy for a browser', async () => {
    const response = await ask(
      'current/document?source=webinar',
      'text/html,application/xhtml+xml,*/*;q=0.8',
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-/,
    );
    const page = await response.text();
    expect(page).toContain('<h1 id="page/webinar/title">Webinar attendee</h1>');
    expect(page).toContain('href="?format=html"');
  });

  it('links every source from the overview', async () => {
    const page = await (await ask('1/document?format=html')).text();
    expect(page).toContain('<a href="?source=partner&amp;format=html">Partner referral</a>');
  });

  it('is Markdown or data for whoever asks for that', async () => {
    const markdown = await ask('current/document?source=default', 'text/markdown');
    expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(await markdown.text()).toMatch(/^# Any other source$/m);
    const data = (await (await ask('current/document?source=*')).json()) as { pages: unknown[] };
    expect(data).toMatchObject({
      name: 'Acme handoff definition',
      version: { number: 1, label: 'Version 1' },
    });
    expect(data.pages).toHaveLength(7);
  });

  it('is there for drafts, unless they have errors', async () => {
    const draft = (document: string) => createDraft(opened.db, { document, note: null, by: 'test' });
    const sound = await draft(sample.replace('threshold: 40', 'threshold: 45'));
    expect(await (await ask(`${sound.id}/document?source=webinar&format=markdown`)).text()).toContain(
      'The threshold is 45 points',
    );
    const faulty = await draft('format: 1\nname: Acme\nsuorces: {}\n');
    const refused = await ask(`${faulty.id}/document`);
    expect(refused.status).toBe(409);
    expect(((await refused.json()) as { detail: string }).detail).toContain(
      'has 1 error; it can be read as a document once',
    );
  });

  it('happens after the day that is asked for', async () => {
    const text = await (await ask('current/document?source=webinar&format=markdown&on=2027-03-01')).text();
    expect(text).toContain('On Wednesday 3 March 2027 at 14:30 Kim asked for a demo');
  });

  it.each([
    ['9/document', 404],
    ['nothing/document', 404],
    ['current/document?source=fair', 404],
    ['current/document?format=pdf', 422],
    ['current/document?on=yesterday', 422],
  ])('%s is answered %i', async (path, status) => {
    expect((await ask(path)).status).toBe(status);
  });

  it('is for readers', async () => {
    expect((await ask('current/document', undefined, ['ingest'])).status).toBe(403);
  });
});
