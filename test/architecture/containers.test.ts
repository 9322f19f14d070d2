import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
const compose: { services: Record<string, Service>; volumes: Record<string, unknown> } = parse(
  read('docker-compose.yml'),
  { merge: true },
);
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  it('starts the real thing', () => {
    expect(services.map(([name]) => name)).toEqual(['postgres', 'temporal', 'temporal-ui', 'api', 'worker']);
    expect(compose.services.api?.command).toEqual(['api']);
    expect(compose.services.worker?.command).toEqual(['worker']);
    for (const name of ['api', 'worker']) {
      expect(compose.services[name]?.environment).toMatchObject({
        TEMPORAL_ADDRESS: 'temporal:7233',
        DATABASE_URL: expect.stringContaining('@postgres:5432/baton'),
      });
    }
  });
  it('takes every other image by a version', () => {
    for (const [, { image, build }] of services) {
      if (build === undefined) expect(image).toMatch(/:\d+\.\d+/);
    }
  });
  it('listens on loopback only', () => {
    const ports = services.flatMap(([, { ports = [] }]) => ports);
    expect(ports.length).toBeGreaterThanOrEqual(3);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });
  it('waits for what is healthy', () => {
    const waited = services.flatMap(([, service]) => Object.entries(service.depends_on ?? {}));
    expect(waited.length).toBeGreaterThan(3);
    for (const [name, { condition }] of waited) {
      expect(condition).toBe('service_healthy');
      expect(compose.services[name]?.healthcheck).toBeDefined();
    }
  });
  it('keeps data in named volumes', () => {
    const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]));
    expect(used.sort()).toEqual(Object.keys(compose.volumes).sort());
  });
  it('holds no secret: each comes from .env, and its absence is said', () => {
    const text = read('docker-compose.yml');
    const secrets = [...text.matchAll(/^\s+\w*(?:PASSWORD|PWD|KEY|DATABASE_URL): (.+)$/gm)].map(
      ([, value]) => value,
    );
    expect(secrets.length).toBeGreaterThanOrEqual(4);
    expect(secrets.filter((value) => !/\$\{[A-Z_]+:\?[^}]+\}/.test(value ?? ''))).toEqual([]);
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');
  it('builds in one stage and runs in another, on the same pinned Node', () => {
    const from = lines.filter((line) => line.startsWith('FROM')).map((line) => line.split(' ')[1]);
    expect(from).toHaveLength(2);
    expect(new Set(from).size).toBe(1);
    expect(from[0]).toMatch(/^node:22\.\d+-slim$/);
  });
  it('runs as nobody special, without sources and development dependencies', () => {
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM')));
    expect(last).toContain('USER node');
    expect(lines.join('\n')).toContain('npm prune --omit=dev');
    expect(last.some((line) => /\bsrc\b/.test(line))).toBe(false);
  });
  it('copies only what is there', () => {
    const copied = lines
      .filter((line) => line.startsWith('COPY') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.length).toBeGreaterThan(5);
    expect(copied.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([]);
  });
});
