/** What the courier has to say, in the log: ids, codes and times. */
import type { Logger } from 'pino';
import type { CourierHooks } from '../courier/hooks.js';
import { errorName } from './logging.js';

export function courierHooks(log: Logger): CourierHooks {
  const lines = log.child({ part: 'courier' });
  return {
    delivered: (info) => lines.debug(info, 'delivered'),
    failed: ({ what, leadId, error }) =>
      lines.warn({ what, leadId, error: errorName(error) }, 'will be tried again'),
  };
}
