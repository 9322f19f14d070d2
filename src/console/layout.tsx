/** The frame of a page: complete in one file, without scripts and without asking for anything. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';

/** Read once: they are part of the program. The build copies them beside the code. */
const STYLE = readFileSync(new URL('./styles/document.css', import.meta.url), 'utf8');
/** What pages with charts need beside it. */
const REPORT_STYLE = readFileSync(new URL('./styles/report.css', import.meta.url), 'utf8');
const STYLE_SOURCES = [STYLE, REPORT_STYLE]
  .map((style) => `'sha256-${createHash('sha256').update(style).digest('base64')}'`)
  .join(' ');

/** The content security policy under which a page of this layout shows as it should, and nothing else can happen. */
export const PAGE_POLICY = `default-src 'none'; style-src ${STYLE_SOURCES}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

interface LayoutProps {
  readonly title: string;
  /** Whether the page has charts. */
  readonly charts?: boolean;
  readonly children: Child;
}

/** A whole page around its content. */
export function Layout({ title, charts = false, children }: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <style>{raw(STYLE)}</style>
        {charts && <style>{raw(REPORT_STYLE)}</style>}
      </head>
      <body>
        <a class="skip" href="#content">
          To the content
        </a>
        {children}
      </body>
    </html>
  );
}
