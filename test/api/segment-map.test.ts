import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSegmentMap } from '../../src/api/segment/segment-map.js';
import { ConfigError, loadConfig } from '../../src/config/config.js';
import { segmentSettings } from '../../src/main/segment-settings.js';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { storedEvents } from '../support/segment.js';

const MAP = `
events:
  Order Completed: customer.created
  Paper Fetched: { type: content.downloaded, properties: { resource: paper.title, topic: context.page.title } }
  Heartbeat: ignore
  Plan Picked: custom.plan
sources:
  Spring Webinar: webinar
  linkedin: partner
traits:
  companySize: org.headcount
  email: work_email
`;
const read = (text: string) => {
  const result = readSegmentMap(text);
  if ('faults' in result) throw new Error(result.faults.map(({ message }) => message).join('; '));
  return result.map;
};
const folder = mkdtempSync(join(tmpdir(), 'baton-segment-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a mapping', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await openGateway({ segment: { map: read(MAP), origins: null } });
  });
  afterAll(() => gateway.close());
  const send = async (call: string, message: Record<string, unknown>) => {
    const { body } = await gateway.call('POST', `/v1/${call}`, { json: message });
    return {
      answer: body,
      event: (await storedEvents(gateway)).find((event) => event.event_id === message.messageId),
    };
  };

  it('says what names mean, whatever their case and punctuation', async () => {
    for (const [event, type] of [
      ['Order Completed', 'customer.created'],
      ['order_completed', 'customer.created'],
      ['plan picked', 'custom.plan'],
      ['Email Opened', 'email.opened'],
    ]) {
      const { event: found } = await send('track', { messageId: event, userId: 'u-1', event });
      expect(found?.type, event).toBe(type);
    }
  });

  it('names where properties are', async () => {
    const { event } = await send('track', {
      messageId: 'paper',
      userId: 'u-1',
      event: 'Paper Fetched',
      properties: { paper: { title: 'On leads' } },
      context: { page: { title: 'Library' } },
    });
    expect(event?.body.properties).toMatchObject({ resource: 'On leads', topic: 'Library' });
  });

  it('forgets what is to be ignored', async () => {
    const { answer, event } = await send('track', { messageId: 'beat', userId: 'u-1', event: 'heartbeat' });
    expect(answer).toMatchObject({ success: true, accepted: 0, ignored: 1 });
    expect(event).toBeUndefined();
  });

  it('names lead sources and traits', async () => {
    await send('identify', {
      messageId: 'traits',
      userId: 'u-2',
      traits: { email: 'private@example.com', work_email: 'work@example.com', org: { headcount: 70 } },
      context: { campaign: { name: 'spring webinar', source: 'linkedin' } },
    });
    const lead = await gateway.opened.db.selectFrom('leads').selectAll().executeTakeFirstOrThrow();
    expect(lead).toMatchObject({
      email: 'work@example.com',
      company_size: 70,
      source: 'webinar',
      magnet: 'spring webinar',
      channel: 'linkedin',
    });
  });
});

describe('a wrong mapping', () => {
  it.each([
    ['events: { A: demo.requestd }', 1, 'did you mean demo.requested'],
    ['events:\n  A: sales.disposition', 2, 'for salespeople'],
    ['events:\n  A: demo.requested\n  B: { type: nope }', 3, 'is not an event type'],
    ['events:\n  A: [demo.requested]', 2, 'neither an event type nor'],
    ['events:\n  A: { type: email.opened, propertys: {} }', 2, 'is not known here'],
    ['sources:\n  linkedin: kim@example.com', 2, 'is not a name of a source'],
    ['traits:\n  shoeSize: shoe', 2, 'is not one of'],
    ['traits:\n  name: ""', 2, 'is not a path'],
    ['event: {}', 1, 'is not known here'],
    ['events: {', 1, 'not valid YAML'],
    ['- a', 1, 'must be an object'],
  ])('%j is told with its place', (text, line, words) => {
    const result = readSegmentMap(text);
    const faults = 'faults' in result ? result.faults : [];
    expect(faults.map((fault) => fault.message).join('; ')).toContain(words);
    expect(faults[0]?.line).toBe(line);
  });

  it('stops the start, with file, line and column', async () => {
    const path = join(folder, 'wrong.yaml');
    writeFileSync(path, 'events:\n  A: demo.requestd\n');
    const config = loadConfig({ env: { BATON_SEGMENT_MAP: path } });
    await expect(segmentSettings(config)).rejects.toThrow(
      /BATON_SEGMENT_MAP[\s\S]*wrong\.yaml:2:\d+ {2}events\.A/,
    );
    writeFileSync(path, MAP);
    expect((await segmentSettings(config)).map.events.size).toBe(4);
  });

  it('an empty file maps nothing', () => {
    expect(read('').events.size).toBe(0);
  });
});

describe('the settings', () => {
  const origins = (value: string) => loadConfig({ env: { BATON_SEGMENT_ORIGINS: value } }).segmentOrigins;
  it('name origins, or all of them', () => {
    expect(origins('*')).toBeNull();
    expect(loadConfig({ env: {} }).segmentOrigins).toBeNull();
    expect(origins('https://a.test, http://b.test:8080/')).toEqual(['https://a.test', 'http://b.test:8080']);
    for (const wrong of [
      'a.test',
      'https://a.test/path',
      'https://a.test,',
      '*,https://a.test',
      'ftp://a.test',
    ]) {
      expect(() => origins(wrong), wrong).toThrow(ConfigError);
    }
  });
  it('a mapping file that does not exist is told at once', () => {
    expect(() => loadConfig({ env: { BATON_SEGMENT_MAP: join(folder, 'none.yaml') } })).toThrow(
      /BATON_SEGMENT_MAP/,
    );
  });
});
