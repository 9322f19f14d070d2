/** Which connector serves which role: the built-in ones, and SMTP where a server for mails is configured. */
import type { Db } from '../store/database.js';
import { inboxCrm } from './builtin/inbox.js';
import { builtinNurture } from './builtin/nurture.js';
import { mailedAlerts, outboxAlerts, outboxMail } from './builtin/outbox.js';
import type { Connectors } from './ports.js';
import { smtpMail } from './smtp/mail.js';

export interface ConnectorSettings {
  /** Null keeps mails in the outbox. */
  readonly smtpUrl: string | null;
}

/** Chooses the connectors; `overrides` puts another one in a role. Throws when a setting cannot be used. */
export function createConnectors(
  db: Db,
  settings: ConnectorSettings,
  overrides: Partial<Connectors> = {},
): Connectors {
  const mail =
    overrides.mail ?? (settings.smtpUrl === null ? outboxMail(db) : smtpMail({ url: settings.smtpUrl }));
  return {
    crm: overrides.crm ?? inboxCrm(db),
    nurture: overrides.nurture ?? builtinNurture(db),
    alerts: overrides.alerts ?? (mail.via === 'smtp' ? mailedAlerts(db, mail) : outboxAlerts(db)),
    mail,
  };
}
