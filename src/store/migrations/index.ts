import type { Migration } from 'kysely';
import * as initial from './0001-initial.js';
import * as definitions from './0002-definitions.js';
import * as connections from './0003-connections.js';

/** Every migration by its name. They run in the order of their names, and a published one never changes. */
export const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-definitions': definitions,
  '0003-connections': connections,
};
