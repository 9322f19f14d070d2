/** The definition's document as a page that both teams read, print and sign. */
import type {
  Block,
  DefinitionDocument,
  DescribedVersion,
  Page,
  Section,
  Step,
  WorkedExample,
} from '../definition/describe-model.js';
import { exampleTitle, zoneWords } from '../definition/describe-words.js';
import { Layout } from './layout.js';

interface PageOptions {
  /** Where another page of the document is, by its id; null where it cannot be linked. */
  readonly hrefOf?: (page: string) => string | null;
}

/** The whole page as text. */
export function definitionPage(document: DefinitionDocument, options: PageOptions = {}): string {
  const [first] = document.pages;
  const title = first && first.kind === 'source' ? `${first.title}: ${document.name}` : document.name;
  const here = new Set(document.pages.map(({ id }) => id));
  const hrefOf = (page: string) => (here.has(page) ? `#${anchorOf(page)}` : (options.hrefOf?.(page) ?? null));
  const page = (
    <Layout title={title}>
      <div class="frame">
        <main id="content">
          {document.pages.map((one) => (
            <Article page={one} document={document} hrefOf={hrefOf} />
          ))}
        </main>
        <footer>
          <p>
            Made by Baton from the definition itself, content {document.version.hash}. Nothing here is written
            by hand.
          </p>
        </footer>
      </div>
    </Layout>
  );
  return `<!doctype html>${String(page)}`;
}

/** Ids of definitions have no slash, so these cannot meet. */
const anchorOf = (page: string, section?: string): string =>
  `page/${page}${section === undefined ? '' : `/${section}`}`;

type HrefOf = (page: string) => string | null;

function Article({ page, document, hrefOf }: { page: Page; document: DefinitionDocument; hrefOf: HrefOf }) {
  const overview = page.kind === 'source' ? hrefOf('overview') : null;
  return (
    <article class="article" id={anchorOf(page.id)} aria-labelledby={`${anchorOf(page.id)}/title`}>
      <p class="kicker">
        {page.kind === 'overview' ? (
          'Handoff definition'
        ) : overview === null ? (
          document.name
        ) : (
          <a href={overview}>{document.name}</a>
        )}
      </p>
      <h1 id={`${anchorOf(page.id)}/title`}>{page.title}</h1>
      <p class="summary">{page.summary}</p>
      <Version version={document.version} />
      <p>{zoneWords(document.timeZone)}</p>
      <nav class="contents" aria-label={`Contents of ${page.title}`}>
        <p>On this page</p>
        <ul>
          {page.sections.map(({ id, title }) => (
            <li>
              <a href={`#${anchorOf(page.id, id)}`}>{title}</a>
            </li>
          ))}
        </ul>
      </nav>
      {page.sections.map((section) => (
        <SectionPart page={page} section={section} hrefOf={hrefOf} />
      ))}
    </article>
  );
}

function Version({ version }: { version: DescribedVersion }) {
  const { label, hash, signed, note } = version;
  const facts: [string, string][] = [
    ['Version', label],
    ['Content', hash.slice(0, 12)],
    ['Signed for marketing', signed.marketing ?? 'Nobody yet'],
    ['Signed for sales', signed.sales ?? 'Nobody yet'],
    ...(note === null ? [] : ([['Note', note]] satisfies [string, string][])),
  ];
  return (
    <dl class="version">
      {facts.map(([term, text]) => (
        <div>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function SectionPart({ page, section, hrefOf }: { page: Page; section: Section; hrefOf: HrefOf }) {
  const id = anchorOf(page.id, section.id);
  return (
    <section id={id} aria-labelledby={`${id}/title`}>
      <h2 id={`${id}/title`}>{section.title}</h2>
      {section.blocks.map((block) => (
        <BlockPart block={block} hrefOf={hrefOf} />
      ))}
    </section>
  );
}

function BlockPart({ block, hrefOf }: { block: Block; hrefOf: HrefOf }) {
  switch (block.kind) {
    case 'paragraph':
      return <p>{block.text}</p>;
    case 'note':
      return <p class="note">{block.text}</p>;
    case 'list':
      return (
        <ul>
          {block.items.map((item) => (
            <li>{item}</li>
          ))}
        </ul>
      );
    case 'terms':
      return (
        <dl class="terms">
          {block.items.map(({ term, text }) => (
            <div>
              <dt>{term}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      );
    case 'table':
      return <TablePart table={block} />;
    case 'steps':
      return <Steps steps={block.items} label={block.caption} />;
    case 'mail':
      return (
        <figure class="mail">
          <figcaption>
            {block.title}
            <strong>Subject: {block.subject}</strong>
          </figcaption>
          <pre>{block.text}</pre>
        </figure>
      );
    case 'example':
      return <ExamplePart example={block.example} />;
    case 'pages':
      return (
        <ul>
          {block.items.map(({ page, title }) => {
            const href = hrefOf(page);
            return <li>{href === null ? title : <a href={href}>{title}</a>}</li>;
          })}
        </ul>
      );
  }
}

function TablePart({ table }: { table: Extract<Block, { kind: 'table' }> }) {
  const { caption, columns, rows } = table;
  const look = (index: number) => (columns[index]?.numeric ? 'number' : undefined);
  return (
    // A wide table scrolls by itself; with the keyboard it must be reachable for that.
    <section class="scroll" tabindex={0} aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title }, index) => (
              <th scope="col" class={look(index)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells]) => (
            <tr>
              <th scope="row">{name}</th>
              {cells.map((text, index) => (
                <td class={look(index + 1)}>{text}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Steps({ steps, label }: { steps: readonly Step[]; label: string }) {
  return (
    <ol class="steps" aria-label={label}>
      {steps.map(({ when, what }) => (
        <li>
          <span class="when">{when}</span>
          <div>
            {what.map((sentence) => (
              <p>{sentence}</p>
            ))}
          </div>
        </li>
      ))}
    </ol>
  );
}

function ExamplePart({ example }: { example: WorkedExample }) {
  const { subject, summary, steps, otherwise } = example;
  const title = exampleTitle(subject);
  return (
    <div class={steps.length === 0 ? 'example never' : 'example'}>
      <h3>{title}</h3>
      <p>{summary}</p>
      {otherwise.map((text) => (
        <p class="otherwise">{text}</p>
      ))}
      {steps.length > 0 && (
        <details open={true}>
          <summary>Step by step</summary>
          <Steps steps={steps} label={`What happens: ${title}`} />
        </details>
      )}
    </div>
  );
}
