/** `/t/u/{token}`: where a lead stops mail that Baton sends (RFC 8058). It needs no key: the link is the permission. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import {
  ONE_CLICK,
  UNSUBSCRIBE_POLICY,
  UNSUBSCRIBE_WORDS,
  type UnsubscribeAnswer,
  unsubscribePage,
} from '../../console/unsubscribe-page.js';
import { unsubscribeByClick } from '../../store/one-click.js';
import type { UnsubscribeLink, UnsubscribeLinks } from '../../store/unsubscribe-links.js';
import { readText } from '../body.js';
import type { ApiDeps, AppEnv } from '../env.js';
import { Problem, problems } from '../problem.js';
import { guard, json, resource } from '../route.js';

const tags = ['Unsubscribe'];
const BODY_BYTES_MAX = 4_096;
/** A lead clicks once or twice; a link that is posted more often is in the hands of a program. */
const PER_LINK = { points: 20, duration: 60 };
/** Links that are none, from everybody together: they can never use up what a real link needs. */
const UNKNOWN_LINKS = { points: 300, duration: 60 };
const ONE_BUCKET = 'all';

const STATUS = { ask: 200, done: 200, unknown: 404, malformed: 400, busy: 429 } as const;

const request = {
  params: z.object({
    token: z.string().openapi({ param: { name: 'token', in: 'path' }, description: 'From the mail.' }),
  }),
};
const words = (description: string) => ({
  description,
  content: { 'text/plain': { schema: z.string() }, 'text/html': { schema: z.string() } },
});
const refusals = {
  404: words('The link is not one of ours, was changed, or its key was dropped; which of these is not told.'),
  429: words('Too often in one minute.'),
};

const getPage = createRoute({
  method: 'get',
  path: '/t/u/{token}',
  operationId: 'showUnsubscribe',
  tags,
  summary: 'The page with the button',
  description: 'Changes nothing, however often it is asked for: scanners open every link of a mail.',
  request,
  responses: { 200: words('A page with one button. It works without scripts.'), ...refusals },
});

const postClick = createRoute({
  method: 'post',
  path: '/t/u/{token}',
  operationId: 'unsubscribe',
  tags,
  summary: 'One-click unsubscribe (RFC 8058)',
  description:
    'The body is the form `List-Unsubscribe=One-Click` (urlencoded or multipart), or empty. It needs no key and no cookie. ' +
    'An `email.unsubscribed` event of the stream marketing is committed before the answer; the same link again answers ' +
    'the same and writes nothing, until the lead has subscribed again.',
  request,
  responses: {
    200: words('The lead gets no more marketing mail. Also when that was so before, or the lead is gone.'),
    400: words('The body is another form.'),
    413: problems[413],
    503: problems[503],
    ...refusals,
  },
});

const postKey = createRoute({
  method: 'post',
  path: '/v1/system/unsubscribe-key',
  operationId: 'rotateUnsubscribeKey',
  tags,
  summary: 'Sign unsubscribe links with a new key from now on',
  description: 'Links that were sent before stay good, unless their keys are dropped.',
  ...guard('admin'),
  request: {
    query: z.object({
      dropOlder: z.enum(['true', 'false']).optional().openapi({
        description:
          'Drops the older keys: links in mails already sent stop working. Only when a key has become known to others.',
      }),
    }),
  },
  responses: {
    200: json(
      z.object({ key: z.number().int(), older: z.number().int() }).openapi('UnsubscribeKey'),
      'The new key’s number, and how many older keys still open links.',
    ),
    ...problems,
  },
});

export interface UnsubscribeRoutesDeps extends Pick<ApiDeps, 'db' | 'nudge'> {
  readonly links: UnsubscribeLinks;
}

/** `GET` and `POST /t/u/{token}`, and `POST /v1/system/unsubscribe-key`. */
export function unsubscribeRoutes({ db, nudge, links }: UnsubscribeRoutesDeps): OpenAPIHono<AppEnv> {
  const perLink = new RateLimiterMemory(PER_LINK);
  const unknownLinks = new RateLimiterMemory(UNKNOWN_LINKS);

  /** Whose link it is, or what to answer instead. */
  const open = async (token: string): Promise<UnsubscribeLink | 'unknown' | 'busy'> => {
    const link = await links.read(token);
    if (link) return link;
    return (await isWithin(unknownLinks, ONE_BUCKET)) ? 'unknown' : 'busy';
  };

  return resource()
    .openapi(getPage, async (c) => {
      const link = await open(c.req.valid('param').token);
      return answer(c, typeof link === 'string' ? link : 'ask');
    })
    .openapi(postClick, async (c) => {
      const link = await open(c.req.valid('param').token);
      if (typeof link === 'string') return answer(c, link);
      if (!(await isOneClick(c))) return answer(c, 'malformed');
      if (!(await isWithin(perLink, link.leadId))) return answer(c, 'busy');
      const leadId = await unsubscribeByClick(db, link);
      if (leadId !== null) nudge.nudge([leadId]);
      return answer(c, 'done');
    })
    .openapi(postKey, async (c) =>
      c.json(await links.rotate(c.req.valid('query').dropOlder === 'true'), 200),
    );
}

/** A page for a browser, a sentence for a mail program; never kept by anything in between. */
function answer(c: Context<AppEnv>, what: UnsubscribeAnswer) {
  const status = STATUS[what];
  c.header('Cache-Control', 'no-store');
  c.header('X-Robots-Tag', 'noindex');
  c.header('Vary', 'Accept');
  if (what === 'busy') c.header('Retry-After', String(PER_LINK.duration));
  if (c.req.header('accept')?.includes('text/html')) {
    c.header('Content-Security-Policy', UNSUBSCRIBE_POLICY);
    return c.html(unsubscribePage(what), status);
  }
  const { title, text } = UNSUBSCRIBE_WORDS[what];
  return c.text(`${title}. ${text}\n`.replace('?.', '?'), status);
}

/** Whether the body says what RFC 8058 lets a mail program say, or nothing. @throws Problem 413 */
async function isOneClick(c: Context<AppEnv>): Promise<boolean> {
  let text: string;
  try {
    text = await readText(c, BODY_BYTES_MAX);
  } catch (error) {
    if (error instanceof Problem && error.code === 'bad_request') return false;
    throw error;
  }
  if (text.trim() === '') return true;
  const type = c.req.header('content-type') ?? 'application/x-www-form-urlencoded';
  try {
    const form = await new Response(text, { headers: { 'content-type': type } }).formData();
    return form.get(ONE_CLICK.name) === ONE_CLICK.value;
  } catch {
    return false;
  }
}

async function isWithin(limiter: RateLimiterMemory, key: string): Promise<boolean> {
  try {
    await limiter.consume(key);
    return true;
  } catch (refusal) {
    if (refusal instanceof Error) throw refusal;
    return false;
  }
}
