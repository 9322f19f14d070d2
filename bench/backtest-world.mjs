/** A made-up year of marketing: leads, their logs, what sales did. Made in the database, so that a million events take a minute. */

/** Out of how many events each kind comes, as in any marketing log: most are mails, opens and visits. */
const MIX = [
  ['email.sent', 150],
  ['email.delivered', 150],
  ['email.opened', 310],
  ['email.clicked', 90],
  ['page.viewed', 250],
  ['content.downloaded', 25],
  ['form.submitted', 3],
  ['webinar.attended', 3],
  ['lead.updated', 12],
  ['demo.requested', 1],
  ['email.unsubscribed', 1],
  ['sales.activity', 3],
  ['sales.disposition', 2],
];
/** Of leads that read and do little else. */
const IDLE_MIX = [
  ['email.sent', 300],
  ['email.delivered', 300],
  ['email.opened', 300],
  ['email.clicked', 4],
  ['page.viewed', 90],
  ['lead.updated', 10],
];

/** SQL that turns a random number into a type. */
function typeBy(random, mix) {
  const total = mix.reduce((sum, [, share]) => sum + share, 0);
  let below = 0;
  const cases = mix.map(([type, share]) => {
    below += share;
    return `when ${random} < ${below / total} then '${type}'`;
  });
  return `case ${cases.join(' ')} else 'page.viewed' end`;
}

const PATHS = ['/', '/about', '/blog/first', '/blog/second', '/blog/third', '/product/one', '/product/two'];
const MORE_PATHS = [
  '/customers/acme',
  '/customers/beta',
  '/careers/engineer',
  '/pricing',
  '/contact',
  '/docs/start',
];
const pathBy = (random) =>
  `(array[${[...PATHS, ...PATHS, ...MORE_PATHS].map((path) => `'${path}'`).join(',')}])[1 + floor(${random} * 20)::int]`;

/** Statements that fill an empty, migrated database; `leads` leads with `events` events between them, more or less. */
export function worldStatements({ leads, events, from = '2025-07-01', days = 360 }) {
  // So many events a lead that the skewed counts come to the sum.
  const mean = (events / leads) * 0.986;
  return [
    'select setseed(0.42)',
    `insert into reps (id, handle, name, weight, capacity, time_zone, working_days)
     select 'r_' || n, 'rep' || n, 'Rep ' || n, 1 + n % 3, 25,
       case n % 4 when 0 then 'Europe/Berlin' when 1 then 'Asia/Tokyo' end,
       case n % 5 when 0 then array['mon', 'tue', 'wed', 'thu'] end
     from generate_series(1, 12) n`,
    `insert into leads (id, email, name, company, country, company_size, source, created_at, updated_at)
     select substr(md5(n::text) || md5('x' || n), 1, 26), 'person' || n || '@' ||
         case when n % 5 = 0 then 'gmail.com' else 'company' || n % 4000 || '.test' end,
       'Person ' || n, 'Company ' || n % 4000, (array['US', 'DE', 'CA', 'FR', 'JP'])[1 + n % 5], (n * 7) % 900,
       (array['webinar', 'cold-download', 'contact-form', 'partner', null, 'elsewhere'])[1 + n % 6],
       timestamptz '${from}' + random() * interval '${days * 0.7} days', now()
     from generate_series(1, ${leads}) n`,
    // One lead in some hundred is very busy: the count of a lead's events is skewed.
    `create temporary table story as
     select id as lead_id, created_at, source, email, row_number() over (order by id) as n,
       greatest(1, floor(${mean * 0.24} * 25 ^ (random() ^ 2)))::int as events
     from leads`,
    // Of three leads, one clicks and visits; the others get mails, open some, and that is that.
    `create temporary table acts as
     select s.lead_id, s.n, s.source, s.email, k as seq, s.events,
       case when k = 1 then 'lead.created' when s.n % 3 = 0 then ${typeBy('d.kind', MIX)} else ${typeBy('d.kind', IDLE_MIX)} end as type,
       date_trunc('milliseconds', s.created_at + (k - random() * 0.9) * (timestamptz '${from}' + interval '${days} days' - s.created_at) / s.events) as accepted_at,
       d.a, d.b, d.c
     from story s, generate_series(1, s.events) k,
       lateral (select random() as kind, random() as a, random() as b, random() as c where k > 0 and s.n > 0) d`,
    `insert into events (connection_id, event_id, body_hash, lead_id, seq, received_at, accepted_at, occurred_at, type, body)
     select 'bench', n || '-' || seq, 'none', lead_id, seq, accepted_at, accepted_at,
       date_trunc('milliseconds', accepted_at - case when b < 0.05 then c * interval '2 days' else c * interval '5 seconds' end),
       type, jsonb_strip_nulls(jsonb_build_object(
         'lead', jsonb_build_object('email', email),
         'source', case when seq = 1 and source is not null then jsonb_build_object('name', source, 'channel', 'ads') end,
         'command', case
           when type = 'sales.activity' then jsonb_build_object('id', 'c_' || n || '_' || seq, 'kind', 'activity', 'handoff', 1, 'activity', 'call')
           when type = 'sales.disposition' then jsonb_build_object('id', 'c_' || n || '_' || seq, 'kind', 'disposition', 'handoff', 1, 'disposition', 'not_ready') end,
         'properties', case
           when type in ('email.sent', 'email.delivered', 'email.opened') then jsonb_build_object('emailId', mail, 'subject', 'What is new in ' || mail)
           when type = 'email.clicked' then jsonb_build_object('emailId', mail, 'url', 'https://www.acme.test' || ${pathBy('c')} || '?utm_source=mail&utm_campaign=' || mail)
           when type = 'page.viewed' then jsonb_build_object('title', 'A page of ours',
             'url', 'https://www.acme.test' || ${pathBy('c')} || case when b < 0.15 then '?gclid=' || md5(n || '-' || seq) else '' end)
           when type = 'content.downloaded' then jsonb_build_object('resource', (array['pricing-guide', 'handbook', 'checklist', 'report', 'template'])[1 + floor(c * 5)::int])
           when type = 'lead.updated' then jsonb_build_object('traits', jsonb_build_object('companySize', floor(c * 900)::int, 'jobTitle', 'Engineer'))
           when type = 'lead.created' then jsonb_build_object('traits', jsonb_build_object('country', (array['US', 'DE', 'CA', 'FR', 'JP'])[1 + n % 5]))
           else jsonb_build_object('form', 'contact') end,
         'context', case when type in ('email.opened', 'email.clicked', 'page.viewed') then jsonb_build_object('ip', '192.0.2.' || floor(c * 250)::int,
           'userAgent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/' || 100 + floor(b * 40)::int || '.0.0.0 Safari/537.36') end))
     from acts, lateral (select 'mail-' || floor(extract(epoch from accepted_at) / 604800)::int - floor(a * 3)::int as mail) m
     order by accepted_at`,
    `insert into lead_stream (lead_id, status, next_seq, sent_seq, applied_seq)
     select lead_id, 'open', events + 1, events, events from story`,
    `insert into lead_status (lead_id, epoch, seq, stage, source, engine, definition_number, state, recorded_at)
     select lead_id, 1, events, case when n % 40 = 0 then 'converted' else 'nurturing' end, coalesce(source, 'default'), 1, 1, '{}', now() from story`,
    `insert into handoffs (lead_id, number, state, trigger, definition_number, started_at, rep_id, intent, outcome)
     select lead_id, 1, case when n % 3 = 0 then 'awaiting' else 'closed' end, '{}', 1, created_at + interval '40 days', 'r_' || 1 + n % 12, 'warm',
       case when n % 3 = 0 then null else (array['converted', 'not_ready', 'unqualified', 'sla_lapsed'])[1 + n % 4] end
     from story where n % 9 = 0`,
    'drop table acts',
    'drop table story',
    'analyze',
  ];
}
