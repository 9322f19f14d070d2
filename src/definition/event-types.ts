/** The types of event that rules and actions may count. What sales does is no act of the lead. */

export const LEAD_EVENTS = [
  'lead.created',
  'lead.updated',
  'customer.created',
  'email.sent',
  'email.delivered',
  'email.opened',
  'email.clicked',
  'email.replied',
  'email.bounced',
  'email.complained',
  'email.unsubscribed',
  'email.resubscribed',
  'page.viewed',
  'content.downloaded',
  'form.submitted',
  'webinar.registered',
  'webinar.attended',
  'demo.requested',
  'pricing.requested',
  'trial.started',
  'meeting.booked',
] as const;
export const CUSTOM_EVENT = /^custom\.[A-Za-z0-9][A-Za-z0-9_.-]*$/;
