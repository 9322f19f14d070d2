/**
 * The story that an empty Baton plays, so that there is something to look at: a dozen leads from five sources whose
 * past ends today, each showing one thing that can happen. Nobody in it exists.
 */

/** A happening: days and minutes before now, an event type, its properties. */
export type Happening = readonly [
  daysAgo: number,
  type: string,
  properties?: Readonly<Record<string, unknown>>,
];

export interface SampleLead {
  /** What this lead shows. */
  readonly shows: string;
  readonly email: string;
  readonly traits: Readonly<Record<string, unknown>>;
  readonly source: { readonly name: string; readonly magnet: string; readonly channel: string };
  /** Imported history: fills the score, triggers nothing by itself. */
  readonly past: readonly Happening[];
  /** What happens now, as it would come in live. */
  readonly today: readonly Happening[];
}

const site = 'https://acme.example';
const mail = (emailId: string, subject: string) => ({ emailId, subject });
const click = (emailId: string, path: string) => ({ emailId, url: `${site}${path}` });
const page = (path: string) => ({ url: `${site}${path}` });
const WEBINAR = { name: 'webinar', magnet: 'Handoff webinar', channel: 'linkedin' };
const DOWNLOAD = { name: 'cold-download', magnet: 'Pricing guide', channel: 'search' };
const FORM = { name: 'contact-form', magnet: 'Contact form', channel: 'website' };
const PARTNER = { name: 'partner', magnet: 'Partner referral', channel: 'partner' };
const FAST = { name: 'sample-fast', magnet: 'One-minute SLA', channel: 'sample' };

/** Sixty-one days of nurture: four mails opened, two links clicked, no answer to the direct question. */
const LONG_NURTURE: readonly Happening[] = [
  [61, 'email.sent', mail('nurture-1', 'Welcome')],
  [60.5, 'email.opened', mail('nurture-1', 'Welcome')],
  [50, 'email.sent', mail('nurture-2', 'How teams hand leads off')],
  [49.9, 'email.opened', mail('nurture-2', 'How teams hand leads off')],
  [49.8, 'email.clicked', click('nurture-2', '/blog/handoff')],
  [35, 'email.sent', mail('nurture-3', 'A customer story')],
  [34.8, 'email.opened', mail('nurture-3', 'A customer story')],
  [34.7, 'email.clicked', click('nurture-3', '/customers/northwind')],
  [20, 'email.sent', { ...mail('nurture-4', 'Shall we talk?'), directCta: true, ctaUrl: `${site}/talk` }],
  [19.9, 'email.opened', mail('nurture-4', 'Shall we talk?')],
];

export const SAMPLE_LEADS: readonly SampleLead[] = [
  {
    shows: 'asks for a demo: handed off at once, with a bridge email two minutes later',
    email: 'kim.larsen@sample-fjord.example.com',
    traits: { name: 'Kim Larsen', company: 'Fjord Freight', country: 'US', companySize: 240 },
    source: WEBINAR,
    past: [
      [6, 'webinar.attended', { webinar: 'Handoff webinar' }],
      [4, 'email.sent', mail('nurture-1', 'Thanks for joining')],
      [3.9, 'email.opened', mail('nurture-1', 'Thanks for joining')],
      [2, 'content.downloaded', { resource: 'pricing-guide' }],
    ],
    today: [[0, 'demo.requested', { product: 'Baton' }]],
  },
  {
    shows: 'crosses its threshold with one download',
    email: 'ravi.menon@sample-lotus.example.com',
    traits: { name: 'Ravi Menon', company: 'Lotus Labs', country: 'CA', companySize: 80 },
    source: WEBINAR,
    past: [
      [9, 'webinar.attended', { webinar: 'Handoff webinar' }],
      [5, 'content.downloaded', { resource: 'sla-checklist' }],
      [1, 'page.viewed', page('/product/routing')],
    ],
    today: [[0, 'content.downloaded', { resource: 'pricing-guide' }]],
  },
  {
    shows: 'has 61 days of nurture behind it and opens one more mail: the time-based handoff',
    email: 'sofia.rossi@sample-vento.example.com',
    traits: { name: 'Sofia Rossi', company: 'Vento Energia', country: 'US', companySize: 120 },
    source: FORM,
    past: LONG_NURTURE,
    today: [[0, 'email.opened', mail('nurture-4', 'Shall we talk?')]],
  },
  {
    shows: 'is only machines clicking: nothing of it counts',
    email: 'scanner@sample-harbor.example.com',
    traits: { name: 'Pat Quinn', company: 'Harbor Legal', country: 'US', companySize: 900 },
    source: DOWNLOAD,
    past: [[3, 'email.sent', mail('nurture-1', 'Your guide')]],
    today: [
      [0, 'email.opened', { ...mail('nurture-1', 'Your guide'), machine: true }],
      [0, 'email.clicked', click('nurture-1', '/pricing')],
      [0, 'email.clicked', click('nurture-1', '/product/routing')],
      [0, 'email.clicked', click('nurture-1', '/customers/northwind')],
    ],
  },
  {
    shows: 'has a one-minute SLA that nobody meets: taken back into nurture while you watch',
    email: 'lena.vogel@sample-blitz.example.com',
    traits: { name: 'Lena Vogel', company: 'Blitz Logistik', country: 'DE', companySize: 60 },
    source: FAST,
    past: [[2, 'page.viewed', page('/product/sla')]],
    today: [[0, 'demo.requested', {}]],
  },
  {
    shows: 'visits the pricing page a second time within a week',
    email: 'omar.haddad@sample-cedar.example.com',
    traits: { name: 'Omar Haddad', company: 'Cedar Retail', country: 'US', companySize: 400 },
    source: PARTNER,
    past: [[2, 'page.viewed', page('/pricing')]],
    today: [[0, 'page.viewed', page('/pricing')]],
  },
  {
    shows: 'replies to a nurture mail with a question',
    email: 'mei.tanaka@sample-sakura.example.com',
    traits: { name: 'Mei Tanaka', company: 'Sakura Systems', country: 'JP', companySize: 1500 },
    source: WEBINAR,
    past: [
      [5, 'email.sent', mail('nurture-2', 'How teams hand leads off')],
      [4.9, 'email.opened', mail('nurture-2', 'How teams hand leads off')],
    ],
    today: [
      [
        0,
        'email.replied',
        { ...mail('nurture-2', 'Re: How teams hand leads off'), text: 'Does it work with our CRM?' },
      ],
    ],
  },
  {
    shows: 'unsubscribed from marketing: no mail, but an act of high intent would still hand off',
    email: 'jo.adeyemi@sample-delta.example.com',
    traits: { name: 'Jo Adeyemi', company: 'Delta Foods', country: 'US', companySize: 35 },
    source: DOWNLOAD,
    past: [[12, 'content.downloaded', { resource: 'sla-checklist' }]],
    today: [[0, 'email.unsubscribed', { stream: 'marketing' }]],
  },
  {
    shows: 'looks at jobs, not at the product: points are taken away',
    email: 'alex.novak@sample-orbit.example.com',
    traits: { name: 'Alex Novak', company: 'Orbit Studio', country: 'US', companySize: 12 },
    source: FORM,
    past: [[3, 'form.submitted', { form: 'newsletter' }]],
    today: [[0, 'page.viewed', page('/careers/engineer')]],
  },
  {
    shows: 'is on its way: some interest, well below the threshold',
    email: 'nina.berg@sample-alpen.example.com',
    traits: { name: 'Nina Berg', company: 'Alpen Outdoor', country: 'CH', companySize: 70 },
    source: DOWNLOAD,
    past: [
      [14, 'content.downloaded', { resource: 'sla-checklist' }],
      [8, 'email.opened', mail('nurture-1', 'Your guide')],
    ],
    today: [[0, 'page.viewed', page('/blog/handoff')]],
  },
  {
    shows: 'books a meeting: the SLA waits for it',
    email: 'tom.okafor@sample-summit.example.com',
    traits: { name: 'Tom Okafor', company: 'Summit Health', country: 'US', companySize: 620 },
    source: PARTNER,
    past: [[4, 'page.viewed', page('/customers/northwind')]],
    today: [[0, 'meeting.booked', {}]],
  },
  {
    shows: 'became a customer without sales',
    email: 'ida.holm@sample-nordlys.example.com',
    traits: { name: 'Ida Holm', company: 'Nordlys Media', country: 'CA', companySize: 45 },
    source: FORM,
    past: [[25, 'form.submitted', { form: 'newsletter' }]],
    today: [[0, 'customer.created', {}]],
  },
];

export const SAMPLE_REPS = [
  { handle: 'ana', name: 'Ana Ribeiro (sample)', email: 'ana@sales.example.com', capacity: 25 },
  { handle: 'ben', name: 'Ben Schulz (sample)', email: 'ben@sales.example.com', capacity: 25 },
  { handle: 'mia', name: 'Mia Chen (sample)', email: 'mia@sales.example.com', role: 'manager' },
] as const;
