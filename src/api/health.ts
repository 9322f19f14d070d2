/** What `/readyz` and `/metrics` look at. */
import { sql } from 'kysely';
import type { LeadGateway } from '../contracts/ports.js';
import type { Db } from '../store/database.js';

/** Long enough for a busy machine, short enough for whoever asks every few seconds. */
const CHECK_TIMEOUT_MS = 2_000;

/** Whether the database answers in time. Never rejects. */
export function databaseAnswers(db: Db): Promise<boolean> {
  return answers(sql`select 1`.execute(db));
}

/** Whether Temporal answers in time. Never rejects. */
export function temporalAnswers(gateway: LeadGateway): Promise<boolean> {
  return answers(gateway.reachable());
}

async function answers(check: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_TIMEOUT_MS);
  });
  const done = check.then(
    (answer) => answer !== false,
    () => false,
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
