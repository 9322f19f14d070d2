import { describe, expect, it } from 'vitest';
import { describeAll, describeSource } from '../../src/definition/describe.js';
import { documentMarkdown } from '../../src/definition/describe-markdown.js';
import type { Block, DefinitionDocument } from '../../src/definition/describe-model.js';
import { changedSample, TODAY, version } from '../support/described.js';

function written(...blocks: Block[]): string {
  const page = {
    id: 'x',
    kind: 'source',
    title: 'X',
    summary: 'S',
    sections: [{ id: 's', title: 'T', blocks }],
  } as const;
  const document: DefinitionDocument = { name: 'N', version, timeZone: 'UTC', pages: [page] };
  return documentMarkdown(document);
}

describe('Markdown', () => {
  it('has a heading for every page, section and example', () => {
    const text = documentMarkdown(describeAll(changedSample(), version, { today: TODAY }));
    expect(text.match(/^# .*/gm)?.slice(0, 2)).toEqual(['# Acme handoff definition', '# Webinar attendee']);
    expect(text).toContain('## What happens at the handoff, and by when');
    expect(text).toContain('### A demo request (demo)');
    expect(text).not.toContain('undefined');
  });

  it('shows what people wrote as they wrote it: it formats, links and runs nothing', () => {
    const text = written({
      kind: 'paragraph',
      text: '<script>x</script> *a* [b](https://c.test) `d` &amp; _e_ a_b www.f.test',
    });
    expect(text).toContain(
      '\\<script\\>x\\</script\\> \\*a\\* \\[b\\](https\\://c.test) \\`d\\` \\&amp; \\_e\\_ a_b www\\.f.test',
    );
  });

  it.each(['# a', '- a', '+ a', '1. a', '2) a', '=== a'])(
    'takes %j for text, not for a heading or a list',
    (text) => {
      const [shown = ''] = written({ kind: 'paragraph', text }).split('\n').slice(-2);
      expect(shown).toMatch(/^(\\[#+=-]|\d\\[.)])/);
    },
  );

  it('keeps a bar and a line break inside their cell', () => {
    const columns = [{ title: 'A' }, { title: 'B', numeric: true }];
    const text = written({ kind: 'table', caption: 'C', columns, rows: [['a | b\n| c', '1']] });
    expect(text).toContain('| A | B |\n| --- | ---: |\n| a \\| b \\| c | 1 |');
  });

  it('closes the fence of a mail only after the mail', () => {
    const text = written({ kind: 'mail', title: 'M', subject: 'S', text: 'a\n```\n# b\n' });
    expect(text).toContain('````text\na\n```\n# b\n````');
  });

  it('stands in one source’s page alone', () => {
    const text = documentMarkdown(describeSource(changedSample(), version, 'partner', { today: TODAY }));
    expect(text.match(/^# /gm)).toHaveLength(1);
    expect(text).toContain('## The team’s working days');
  });
});
