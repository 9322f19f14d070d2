import { isUnavailable } from '../../store/sql.js';
import { ConnectorError } from '../ports.js';

/**
 * Runs a built-in connector's statement. Every such statement is keyed by its effect or sets a state, so a failure
 * may always be followed by the same call: it counts as not done even if its commit was only not heard of.
 */
export async function databaseCall<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw new ConnectorError(isUnavailable(error) ? 'unavailable' : 'internal', text, { cause: error });
  }
}
