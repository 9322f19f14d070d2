/** The outbox: alerts as a list in the console, and mails that nothing sends until SMTP is set up. */
import type { Db } from '../../store/database.js';
import { addToOutbox } from '../../store/outbox.js';
import { messageIdFor } from '../message-id.js';
import type { Alert, AlertPort, MailPort } from '../ports.js';
import { databaseCall } from './database-call.js';

/** Keeps alerts in the outbox, where the console shows them. */
export function outboxAlerts(db: Db): AlertPort {
  return {
    name: 'outbox',
    sendsOnce: true,
    indexLagMs: 0,
    send: (alert) =>
      databaseCall(async () => ({ reference: await addToOutbox(db, alertEntry(alert, 'outbox')) })),
  };
}

/**
 * Keeps alerts in the outbox and mails them as well. The list comes first: an alert whose mail fails is still seen.
 */
export function mailedAlerts(db: Db, mail: MailPort): AlertPort {
  return {
    name: `outbox+${mail.name}`,
    sendsOnce: mail.sendsOnce,
    indexLagMs: mail.indexLagMs,
    async send(alert, call) {
      const addressed = alert.recipients.filter(({ email }) => email !== null);
      const reference = await databaseCall(() =>
        addToOutbox(db, alertEntry(alert, addressed.length > 0 ? mail.via : 'outbox')),
      );
      const failures: unknown[] = [];
      for (const { repId, email } of addressed) {
        const { leadId, handoff, subject, text } = alert;
        const sent = mail.send(
          { key: `${alert.key}/${repId}`, leadId, handoff, to: email ?? '', subject, text },
          call,
        );
        await sent.catch((error: unknown) => failures.push(error));
      }
      // One manager's broken address must not repeat the alert to the others.
      if (failures.length > 0 && failures.length === addressed.length) throw failures[0];
      return { reference };
    },
  };
}

/** Keeps mails in the outbox for a person to look at; nothing leaves the house. */
export function outboxMail(db: Db): MailPort {
  const messageId = (key: string) => messageIdFor(key, 'outbox.invalid');
  return {
    name: 'outbox',
    sendsOnce: true,
    via: 'outbox',
    indexLagMs: 0,
    messageId,
    send: (mail) =>
      databaseCall(async () => {
        if (mail.leadId === null) return { reference: null };
        await addToOutbox(db, {
          effect_key: mail.key,
          kind: 'mail',
          lead_id: mail.leadId,
          handoff: mail.handoff,
          recipient: mail.to,
          subject: mail.subject,
          text: mail.text,
          message_id: messageId(mail.key),
          via: 'outbox',
        });
        return { reference: messageId(mail.key) };
      }),
  };
}

function alertEntry(alert: Alert, via: MailPort['via']) {
  const [only] = alert.recipients;
  return {
    effect_key: alert.key,
    kind: 'alert' as const,
    lead_id: alert.leadId,
    handoff: alert.handoff,
    rep_id: alert.audience === 'rep' ? (only?.repId ?? null) : null,
    audience: alert.audience,
    reason: alert.reason,
    recipient: alert.recipients.map(({ name }) => name).join(', ') || null,
    subject: alert.subject,
    text: alert.text,
    via,
    repeated: alert.repeated,
  };
}
