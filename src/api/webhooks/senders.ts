import { customerio } from './customerio.js';
import { mailchimp } from './mailchimp.js';
import { mailgun } from './mailgun.js';
import { postmark } from './postmark.js';
import type { Sender } from './sender.js';
import { sendgrid } from './sendgrid.js';
import { standard } from './standard.js';

/** Every platform whose webhooks are taken. */
export const SENDERS: readonly Sender[] = [sendgrid, postmark, mailgun, mailchimp, customerio, standard];

/** The platform of a connection's kind, or null. */
export const senderOf = (kind: string): Sender | null =>
  SENDERS.find((sender) => sender.kind === kind) ?? null;
