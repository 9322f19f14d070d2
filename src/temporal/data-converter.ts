/** How values and failures are written into histories: one converter for clients, workers and replay. */
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';

/**
 * JSON payloads; failure messages and stack traces are payloads too. Whoever reads or writes a history (client, worker,
 * bundle, replay) must be given this one: histories written with another are not readable alike.
 */
export const dataConverter: DataConverter = {
  failureConverterPath: fileURLToPath(new URL('./failure-converter.cjs', import.meta.url)),
};
