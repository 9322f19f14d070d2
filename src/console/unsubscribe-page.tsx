/** What a lead sees who follows the link in a mail: one button, and what it did. Nothing here names anybody. */
import type { Child } from 'hono/jsx';
import { Layout, PAGE_POLICY } from './layout.js';

/** The policy of other pages; only this one may send a form, and to its own address alone. */
export const UNSUBSCRIBE_POLICY = PAGE_POLICY.replace("form-action 'none'", "form-action 'self'");

/** What a mail's own program sends without showing a page (RFC 8058). The button says the same. */
export const ONE_CLICK = { name: 'List-Unsubscribe', value: 'One-Click' } as const;

/** The words of each answer, also for whoever wants plain text. */
export const UNSUBSCRIBE_WORDS = {
  ask: {
    title: 'Stop these emails?',
    text: 'You will get no more marketing emails from us at this address. Opening this page has changed nothing yet.',
  },
  done: {
    title: 'You are unsubscribed',
    text: 'You will get no more marketing emails from us at this address. There is nothing else to do.',
  },
  unknown: {
    title: 'This link does not work',
    text: 'It may be incomplete: please open the whole link from the email. If it still does not work, answer the email with the word "unsubscribe".',
  },
  malformed: {
    title: 'Nothing was changed',
    text: 'The request was not understood. Please open the link from the email and press the button there.',
  },
  busy: {
    title: 'Please try again in a minute',
    text: 'Nothing was changed, because this link was used too often just now.',
  },
} as const;
export type UnsubscribeAnswer = keyof typeof UNSUBSCRIBE_WORDS;

/** The whole page as text. It works without scripts and asks for nothing else. */
export function unsubscribePage(answer: UnsubscribeAnswer): string {
  const { title, text } = UNSUBSCRIBE_WORDS[answer];
  return page(
    title,
    <>
      <h1>{title}</h1>
      <p>{text}</p>
      {answer === 'ask' && (
        // Without an action the form goes to the address of the page, whatever stands in front of this server.
        <form method="post">
          <button type="submit" name={ONE_CLICK.name} value={ONE_CLICK.value}>
            Unsubscribe
          </button>
        </form>
      )}
    </>,
  );
}

function page(title: string, content: Child): string {
  const html = (
    <Layout title={title}>
      <div class="frame">
        <main id="content">{content}</main>
      </div>
    </Layout>
  );
  return `<!doctype html>${String(html)}`;
}
