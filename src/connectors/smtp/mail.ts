/** Mail by SMTP: plain text, one recipient, a Message-ID that is known before sending. */
import { createTransport } from 'nodemailer';
import { messageIdFor } from '../message-id.js';
import { type Call, ConnectorError, type Mail, type MailPort, type Reference } from '../ports.js';
import { smtpFailure } from './failures.js';

export interface SmtpSettings {
  /** `smtp://user:password@host:587` or `smtps://…`; `?from=` names the sender, else a user name that is an address does. */
  readonly url: string;
  /** The sender, `Name <address>` or an address; overrides what the URL says. */
  readonly from?: string;
}

/** How long after the time limit a mail that did go out may still be on its way through the server's queue. */
const SMTP_LAG_MS = 5_000;

/**
 * Opens the SMTP connector. Throws when the URL or the sender in it cannot be read.
 * A mail is handed to the server at most once per `send`; see `smtpFailure` for what a failure promises.
 */
export function smtpMail(settings: SmtpSettings): MailPort {
  const { url, from, domain } = readSettings(settings);
  const transport = createTransport({ url, disableFileAccess: true, disableUrlAccess: true });
  return {
    name: 'smtp',
    sendsOnce: false,
    via: 'smtp',
    indexLagMs: SMTP_LAG_MS,
    messageId: (key) => messageIdFor(key, domain),
    async send(mail: Mail, call: Call): Promise<Reference> {
      const messageId = messageIdFor(mail.key, domain);
      // What is refused here is refused before anything was sent, and says so.
      const message = {
        from,
        to: { name: '', address: singleAddress(mail.to) },
        subject: oneLine(mail.subject),
        text: mail.text,
        messageId,
        textEncoding: 'quoted-printable' as const,
        headers: {
          'Auto-Submitted': 'auto-generated',
          ...(mail.unsubscribeUrl !== undefined && unsubscribeHeaders(mail.unsubscribeUrl)),
        },
        ...(mail.replyTo && { replyTo: { name: '', address: singleAddress(mail.replyTo) } }),
      };
      try {
        await transport.sendMail({ ...message, signal: call.signal });
      } catch (error) {
        throw smtpFailure(error, call.signal.aborted);
      }
      return { reference: messageId };
    },
  };
}

function readSettings(settings: SmtpSettings): { url: string; from: string; domain: string } {
  const parsed = URL.canParse(settings.url) ? new URL(settings.url) : null;
  if (!parsed || !/^smtps?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new Error('SMTP_URL must look like smtp://user:password@mail.example.com:587 (or smtps://).');
  }
  const user = decodeURIComponent(parsed.username);
  const host =
    /[a-z]/i.test(parsed.hostname) && !parsed.hostname.includes(':') ? parsed.hostname : 'localhost';
  const from = settings.from ?? parsed.searchParams.get('from') ?? (isAddress(user) ? user : `baton@${host}`);
  parsed.searchParams.delete('from');
  const address = /<([^<>\s]+)>\s*$/.exec(from)?.[1] ?? from.trim();
  if (!isAddress(address)) {
    throw new Error('The sender of mails is no address: write it as smtp://host:25?from=sales@example.com');
  }
  return { url: parsed.toString(), from: oneLine(from), domain: address.slice(address.lastIndexOf('@') + 1) };
}

/**
 * RFC 8058: one click is for `https` alone; any other address is a page to open (RFC 2369). The lines are written as
 * they are, for some mailboxes do not read an address that begins on a folded line.
 */
function unsubscribeHeaders(url: string): Record<string, { prepared: true; value: string }> {
  if (!/^https?:\/\/[\x21-\x7e]+$/.test(url) || /[<>]/.test(url)) {
    throw new ConnectorError('rejected', 'The unsubscribe address is not a web address.', {
      permanent: true,
    });
  }
  return {
    'List-Unsubscribe': { prepared: true, value: `<${url}>` },
    ...(url.startsWith('https:') && {
      'List-Unsubscribe-Post': { prepared: true, value: 'List-Unsubscribe=One-Click' },
    }),
  };
}

function isAddress(text: string): boolean {
  return /^[^\s<>,;:"()[\]\\@]+@[^\s<>,;:"()[\]\\@]+$/.test(text);
}

/** One address and nothing else: what could add a recipient or a header is refused. */
function singleAddress(text: string): string {
  const address = text.trim();
  if (!isAddress(address)) {
    throw new ConnectorError('rejected', 'The recipient is not one plain mail address.', { permanent: true });
  }
  return address;
}

/** A header value on one line: control characters, line ends among them, become spaces. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}
