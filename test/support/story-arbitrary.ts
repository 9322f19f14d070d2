/** Random lives of a lead, for property tests: everything a lead, people and the world outside can do, in any order. */
import fc from 'fast-check';
import { DAY, HOUR, MINUTE, SECOND, type Story } from './story.js';
import type { How } from './story-log.js';

/** One happening; printed by its words when a property fails. */
export interface Happening {
  readonly words: string;
  happen(story: Story): void;
}

const happening = (words: string, happen: (story: Story) => void) => ({
  words,
  happen,
  [fc.toStringMethod]: () => words,
});

const mail = fc.constantFrom('m1', 'm2', 'm3', 'm4', 'm5', 'm6');
const path = fc.constantFrom('/pricing', '/product/a', '/product/b', '/blog/a', '/careers', '/other');
const ago = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 * DAY }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 200 * DAY }) },
);
const nature = fc.constantFrom<How>(
  {},
  {},
  {},
  {},
  {},
  { bot: true },
  { backfill: true },
  { anonymous: true },
);

const mailEvents = fc
  .tuple(
    fc.constantFrom(
      'email.sent',
      'email.delivered',
      'email.opened',
      'email.opened',
      'email.clicked',
      'email.clicked',
    ),
    mail,
    path,
    ago,
    nature,
    fc.boolean(),
  )
  .map(([type, email, link, before, how, direct]) =>
    happening(`${type} ${email} ${link} ${before} ${JSON.stringify(how)}`, (story) => {
      const clicked = type === 'email.clicked';
      const sent = type === 'email.sent';
      story.does(type, {
        email,
        ago: before,
        ...how,
        ...(clicked && { link, path: link, cta: direct }),
        ...(sent && { directCta: direct }),
      });
    }),
  );

const acts = fc
  .tuple(
    fc.constantFrom(
      'page.viewed',
      'page.viewed',
      'content.downloaded',
      'form.submitted',
      'webinar.attended',
      'demo.requested',
      'trial.started',
      'meeting.booked',
      'custom.webchat',
    ),
    path,
    ago,
    nature,
    fc.option(fc.integer({ min: -2, max: 20 })),
  )
  .map(([type, where, before, how, meeting]) =>
    happening(`${type} ${where} ${before} ${JSON.stringify(how)}`, (story) => {
      const meetingAt = meeting === null ? undefined : new Date(story.now + meeting * DAY).toISOString();
      const place = type === 'content.downloaded' ? { resource: where } : { path: where, link: where };
      story.does(type, { ...place, ago: before, ...how, ...(type === 'meeting.booked' && { meetingAt }) });
    }),
  );

const wishes = fc
  .tuple(
    fc.constantFrom(
      'email.unsubscribed',
      'email.resubscribed',
      'email.resubscribed',
      'email.complained',
      'email.replied',
    ),
    fc.constantFrom('marketing', 'sales', 'all'),
    fc.constantFrom('Thanks.', 'How much?', 'Unsubscribe', 'Out of office', 'Is it?'),
    fc.option(mail, { nil: undefined }),
  )
  .map(([type, stream, text, email]) =>
    happening(`${type} ${stream} ${text} ${email}`, (story) => {
      story.does(type, type === 'email.replied' ? { text, email } : { stream });
    }),
  );

const news = fc.oneof(
  fc
    .constantFrom({ emailDomain: 'free', country: 'XX' }, { country: 'US' }, { companySize: 80 })
    .map((traits) => happening(`is now ${JSON.stringify(traits)}`, (story) => story.isNow(traits))),
  fc
    .constantFrom('partner', 'webinar')
    .map((source) => happening(`comes from ${source}`, (story) => story.does('form.submitted', { source }))),
);

const customer = fc.constant(happening('becomes a customer', (story) => story.does('customer.created')));

const handoffNumber = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined });
const commands = fc.oneof(
  fc
    .tuple(fc.constantFrom('call', 'email', 'task_completed', 'note'), ago, handoffNumber)
    .map(([kind, before, handoff]) =>
      happening(`logs ${kind} ${before} ${handoff}`, (story) => story.logs(kind, { ago: before, handoff })),
    ),
  fc
    .tuple(
      fc.constantFrom('converted', 'not_ready', 'not_ready', 'unqualified', 'no_response', 'left_sales_mail'),
      fc.option(fc.constantFrom('2026-06-20', '2026-09-05', '2027-01-10'), { nil: undefined }),
      handoffNumber,
    )
    .map(([kind, followUpOn, handoff]) =>
      happening(`disposes ${kind} ${followUpOn} ${handoff}`, (story) =>
        story.disposes(kind, { followUpOn, handoff }),
      ),
    ),
  fc
    .constantFrom('ana', 'ben', 'cleo')
    .map((rep) => happening(`reassigns ${rep}`, (story) => story.reassigns(rep))),
  fc.constant(
    happening('logs a call made an hour after the newest handoff began', (story) => {
      const began = story.state.lastHandoff?.startedAt ?? story.startedAt;
      story.logs('call', { ago: Math.max(0, story.now - began - HOUR) });
    }),
  ),
  fc.constantFrom(
    happening('hands off', (story) => story.handsOff()),
    happening('judges', (story) => story.judges()),
    happening('retries a parked effect', (story) => {
      story.retries(story.state.effects.find(({ parked }) => parked)?.key ?? 'none');
    }),
  ),
);

const outside = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('works', 'works', 'fails', 'failsForGood', 'hangs'),
      fc.constantFrom(
        'pause',
        'resume',
        'task',
        'task_update',
        'alert',
        'bridge',
        'final',
        'tag',
        'prepare',
        'deadlines',
        'barrier',
      ),
    )
    .map(([how, what]) => happening(`${what} ${how}`, (story) => void story[how](what))),
  fc.constantFrom(
    happening('the CRM cannot answer', (story) => {
      story.world.crmAnswers = false;
    }),
    happening('the CRM answers', (story) => {
      story.world.crmAnswers = true;
    }),
    happening('nobody is free', (story) => {
      story.world.reps = [];
    }),
    happening('all reps are free', (story) => {
      story.world.reps = ['ana', 'ben', 'cleo'];
    }),
  ),
);

/** What changes the past itself: the engagement is folded anew. */
export const foldings = fc.oneof(
  fc
    .tuple(fc.nat(), fc.constantFrom('human' as const, 'machine' as const))
    .map(([nth, label]) =>
      happening(`corrects ${nth} ${label}`, (story) =>
        story.corrects(1 + (nth % Math.max(1, story.seq)), label),
      ),
    ),
  fc
    .constantFrom(20_000, 35_000, 50_000, 90_000)
    .map((threshold) =>
      happening(`publishes threshold ${threshold}`, (story) =>
        story.publishes((policy) => ({ ...policy, scoring: { ...policy.scoring, threshold } })),
      ),
    ),
);

const passing = (lengths: number[]) =>
  fc
    .tuple(fc.constantFrom(...lengths), fc.integer({ min: 1, max: 1_000 }))
    .map(([length, more]) => happening(`${length + more} ms pass`, (story) => story.passes(length + more)));

const anyTime = passing([
  0,
  SECOND,
  5 * SECOND,
  20 * SECOND,
  31 * MINUTE,
  HOUR,
  9 * HOUR,
  DAY,
  4 * DAY,
  40 * DAY,
]);
/** Long enough between any two happenings for every click to be settled. */
export const amplePauses = passing([20 * SECOND, 31 * MINUTE, HOUR, DAY, 4 * DAY, 40 * DAY]);

export const engagement = fc.oneof(
  { weight: 4, arbitrary: mailEvents },
  { weight: 4, arbitrary: acts },
  wishes,
  news,
);
export const anything = fc.oneof(
  { weight: 30, arbitrary: engagement },
  { weight: 20, arbitrary: commands },
  { weight: 24, arbitrary: anyTime },
  { weight: 9, arbitrary: outside },
  { weight: 1, arbitrary: customer },
);
export const answeredAnything = fc.oneof(
  { weight: 30, arbitrary: engagement },
  { weight: 20, arbitrary: commands },
  { weight: 1, arbitrary: customer },
);

/** A life of so many happenings at most. */
export function life(one: fc.Arbitrary<Happening>, most = 60): fc.Arbitrary<Happening[]> {
  return fc.array(one, { maxLength: most, size: 'max' });
}

export function tell(story: Story, happenings: readonly Happening[]): Story {
  for (const { happen } of happenings) happen(story);
  return story;
}
