/** A real SMTP server in this process that keeps what it is sent, and can be told to misbehave. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface SmtpSink {
  readonly url: string;
  /** Raw messages as accepted, oldest first. */
  readonly messages: string[];
  readonly envelopes: { from: string; to: string[] }[];
  /** What the next commands meet: an answer to RCPT or to the message, or silence after taking it. */
  behaviour: 'accept' | 'refuse_recipient' | 'refuse_message' | 'busy' | 'take_and_hang';
  close(): Promise<void>;
}

export async function smtpSink(): Promise<SmtpSink> {
  const hanging: (() => void)[] = [];
  const refusal = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code });
  const sink: Omit<SmtpSink, 'url'> = {
    messages: [],
    envelopes: [],
    behaviour: 'accept',
    async close() {
      for (const release of hanging) release();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    onRcptTo(address, _session, callback) {
      if (sink.behaviour === 'refuse_recipient')
        callback(refusal(550, `5.1.1 <${address.address}> unknown user`));
      else if (sink.behaviour === 'busy') callback(refusal(421, 'try later'));
      else callback();
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (sink.behaviour === 'refuse_message') return callback(refusal(554, 'message refused'));
        sink.messages.push(Buffer.concat(chunks).toString('utf8'));
        sink.envelopes.push({
          from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
          to: session.envelope.rcptTo.map((to) => to.address),
        });
        if (sink.behaviour === 'take_and_hang') hanging.push(() => callback());
        else callback();
      });
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return Object.assign(sink, { url: `smtp://127.0.0.1:${port}?from=Acme%20%3Chello%40acme.test%3E` });
}
