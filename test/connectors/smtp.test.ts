import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectorError, type Mail } from '../../src/connectors/ports.js';
import { smtpMail } from '../../src/connectors/smtp/mail.js';
import { type SmtpSink, smtpSink } from '../support/smtp-sink.js';

const mail: Mail = {
  key: 'lead1/h1/bridge/1',
  leadId: 'lead1',
  handoff: 1,
  to: 'kim@example.com',
  subject: 'Ana from Acme will write to you',
  text: 'Hello Kim,\n\nAna will write to you tomorrow.\n',
};
const call = (timeoutMs = 5_000) => ({ signal: AbortSignal.timeout(timeoutMs), timeoutMs });
const headers = (raw: string) => raw.slice(0, raw.indexOf('\r\n\r\n'));

describe('mail by SMTP', () => {
  let sink: SmtpSink;
  beforeEach(async () => {
    sink = await smtpSink();
  });
  afterEach(() => sink.close());

  const failure = async (sent: Promise<unknown>): Promise<ConnectorError> => {
    const thrown = await sent.then(
      () => null,
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(ConnectorError);
    return thrown as ConnectorError;
  };

  it('sends one plain-text mail to one person', async () => {
    await smtpMail({ url: sink.url }).send(mail, call());
    const [raw = ''] = sink.messages;
    expect(sink.envelopes).toEqual([{ from: 'hello@acme.test', to: ['kim@example.com'] }]);
    expect(headers(raw)).toMatch(/^Content-Type: text\/plain/m);
    expect(headers(raw)).toMatch(/^From: Acme <hello@acme\.test>/m);
    expect(headers(raw)).not.toContain('multipart');
    expect(raw).toContain('Ana will write to you tomorrow.');
  });

  it('gives the same effect key the same Message-ID, in which no id of ours can be read', async () => {
    const port = smtpMail({ url: sink.url });
    const first = await port.send(mail, call());
    const second = await port.send(mail, call());
    const other = await port.send({ ...mail, key: 'lead1/h2/bridge/1' }, call());
    expect(first.reference).toBe(port.messageId(mail.key));
    expect(second.reference).toBe(first.reference);
    expect(other.reference).not.toBe(first.reference);
    expect(first.reference).toMatch(/^<[0-9a-f]{40}@acme\.test>$/);
    expect(sink.messages.every((raw) => !raw.includes('lead1'))).toBe(true);
    expect(headers(sink.messages[0] ?? '')).toContain(`Message-ID: ${first.reference}`);
  });

  it('lets no subject add a header and no recipient add another', async () => {
    const port = smtpMail({ url: sink.url });
    await port.send({ ...mail, subject: 'Hello\r\nBcc: eve@evil.test\nX-Evil: 1' }, call());
    const head = headers(sink.messages[0] ?? '');
    expect(head).not.toMatch(/^Bcc:/m);
    expect(head).not.toMatch(/^X-Evil:/m);
    expect(sink.envelopes[0]?.to).toEqual(['kim@example.com']);
    for (const to of [
      'kim@example.com, eve@evil.test',
      'kim@example.com\r\nBcc: eve@evil.test',
      'Kim <kim@example.com>',
      '',
    ]) {
      expect(await failure(port.send({ ...mail, to }, call()))).toMatchObject({
        kind: 'rejected',
        permanent: true,
      });
    }
    expect(sink.messages).toHaveLength(1);
  });

  it('says that a 550 is for good and a 421 is for now, and neither may have been delivered', async () => {
    const port = smtpMail({ url: sink.url });
    sink.behaviour = 'refuse_recipient';
    const refused = await failure(port.send(mail, call()));
    expect(refused).toMatchObject({ kind: 'rejected', permanent: true, mayHaveHappened: false });
    expect(refused.message).toContain('550');
    sink.behaviour = 'refuse_message';
    expect(await failure(port.send(mail, call()))).toMatchObject({ kind: 'rejected', permanent: true });
    sink.behaviour = 'busy';
    expect(await failure(port.send(mail, call()))).toMatchObject({
      kind: 'unavailable',
      permanent: false,
      mayHaveHappened: false,
    });
  });

  it('does not know what became of a mail that the server took without an answer', async () => {
    sink.behaviour = 'take_and_hang';
    const hung = await failure(smtpMail({ url: sink.url }).send(mail, call(400)));
    expect(hung).toMatchObject({ kind: 'timeout', permanent: false, mayHaveHappened: true });
    expect(sink.messages).toHaveLength(1);
  });

  it('knows that a server which is not there took nothing', async () => {
    const { url } = sink;
    await sink.close();
    expect(await failure(smtpMail({ url }).send(mail, call()))).toMatchObject({
      kind: 'unavailable',
      mayHaveHappened: false,
    });
    sink = await smtpSink();
  });

  it('names the sender from the URL, else from the user name, else after the host', () => {
    expect(smtpMail({ url: 'smtp://h.test?from=a%40b.test' }).messageId('k')).toMatch(/@b\.test>$/);
    expect(smtpMail({ url: 'smtp://me%40c.test:pw@h.test' }).messageId('k')).toMatch(/@c\.test>$/);
    expect(smtpMail({ url: 'smtp://127.0.0.1:1025' }).messageId('k')).toMatch(/@localhost>$/);
    expect(() => smtpMail({ url: 'http://h.test' })).toThrow(/SMTP_URL must look like/);
    expect(() => smtpMail({ url: 'smtp://h.test?from=nobody' })).toThrow(/from=/);
  });

  it('offers one-click unsubscribe, each header on one line as it was given', async () => {
    const url = `https://baton.acme.test/a/rather/long/way/to/t/u/1m${'0v'.repeat(13)}${'Az_-'.repeat(5)}09`;
    await smtpMail({ url: sink.url }).send({ ...mail, unsubscribeUrl: url }, call());
    const lines = headers(sink.messages[0] ?? '').split('\r\n');
    expect(lines).toContain(`List-Unsubscribe: <${url}>`);
    expect(lines).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
    expect(lines.filter((line) => /^list-/i.test(line))).toHaveLength(2);
  });

  it('promises no one-click for an address that mailboxes would not post to', async () => {
    const unsubscribeUrl = 'http://127.0.0.1:8780/t/u/abc';
    await smtpMail({ url: sink.url }).send({ ...mail, unsubscribeUrl }, call());
    const head = headers(sink.messages[0] ?? '');
    expect(head.split('\r\n')).toContain(`List-Unsubscribe: <${unsubscribeUrl}>`);
    expect(head).not.toContain('One-Click');
  });

  it('carries no unsubscribe header where it is given no address', async () => {
    await smtpMail({ url: sink.url }).send(mail, call());
    expect(headers(sink.messages[0] ?? '')).not.toMatch(/^list-/im);
  });

  it('refuses an unsubscribe address that could add a header or is none', async () => {
    const port = smtpMail({ url: sink.url });
    for (const unsubscribeUrl of [
      'https://acme.test/t/u/abc\r\nBcc: eve@evil.test',
      'https://acme.test/t/u/abc>, <mailto:eve@evil.test',
      'https://acme.test/t/u/a bc',
      'javascript:alert(1)',
      '',
    ]) {
      const thrown = await failure(port.send({ ...mail, unsubscribeUrl }, call()));
      expect(thrown).toMatchObject({ kind: 'rejected', permanent: true });
    }
    const replyTo = 'ana@acme.test\r\nBcc: eve@evil.test';
    expect(await failure(port.send({ ...mail, replyTo }, call()))).toMatchObject({ kind: 'rejected' });
    expect(sink.messages).toEqual([]);
  });

  it('sends the text as it is: no pixel, no picture, no link changed, and nothing that names the lead to others', async () => {
    const text = 'Hello Kim,\n\nRead on: https://acme.test/pricing?a=1&b=2\n.\n..\n-- \nAcme\n';
    await smtpMail({ url: sink.url }).send({ ...mail, text, replyTo: 'ana@acme.test' }, call());
    const [raw = ''] = sink.messages;
    const body = raw.slice(raw.indexOf('\r\n\r\n') + 4);
    const decoded = body
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replace(/\r\n/g, '\n');
    expect(decoded.trimEnd()).toBe(text.trimEnd());
    const names = headers(raw)
      .split('\r\n')
      .filter((line) => /^\S/.test(line))
      .map((line) => line.slice(0, line.indexOf(':')));
    expect(names.sort()).toEqual([
      'Auto-Submitted',
      'Content-Transfer-Encoding',
      'Content-Type',
      'Date',
      'From',
      'MIME-Version',
      'Message-ID',
      'Reply-To',
      'Subject',
      'To',
    ]);
  });
});
