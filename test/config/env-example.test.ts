import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { TEMPORAL_VARIABLES, VARIABLE_NAMES } from '../../src/config/variables.js';

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const lines = [...read('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
  ([, name = '', value = '']) => ({
    name,
    value,
  }),
);

it('.env.example lists every variable that Baton reads, and no other', () => {
  const composeOnly = ['POSTGRES_PASSWORD'];
  const expected = new Set<string>([...VARIABLE_NAMES, ...TEMPORAL_VARIABLES, ...composeOnly]);
  expect(lines.map((line) => line.name).sort()).toEqual([...expected].sort());
});

it('docker-compose.yml needs no secret that .env.example does not list', () => {
  const needed = [...read('docker-compose.yml').matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name);
  const listed = lines.map((line) => line.name);
  expect(needed.length).toBeGreaterThan(0);
  expect(needed.filter((name) => !listed.includes(name ?? ''))).toEqual([]);
});

it('the defaults in .env.example are the defaults of the code', () => {
  const shown = Object.fromEntries(lines.map(({ name, value }) => [name, value]));
  const { host, port, taskQueue, logLevel, temporal } = loadConfig({ env: {} });
  expect(shown).toMatchObject({
    BATON_HOST: host,
    BATON_PORT: String(port),
    BATON_TASK_QUEUE: taskQueue,
    BATON_LOG_LEVEL: logLevel,
    BATON_TEMPORAL_PORT: String(temporal.port),
    BATON_TEMPORAL_UI_PORT: String(temporal.uiPort),
  });
});

it('every line is commented out, so that a plain copy changes nothing', () => {
  expect(
    read('.env.example')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
  ).toEqual([]);
});
