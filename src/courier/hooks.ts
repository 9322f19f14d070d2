/** What the courier tells whoever measures it. Nothing here names a person; lead ids are random. */
import type { DeliveryKind } from './deliver.js';

export interface CourierHooks {
  /** A batch went out, or was found to concern no workflow. `lagMs` runs from the oldest event's acceptance. */
  delivered?(info: { readonly kind: DeliveryKind; readonly events: number; readonly lagMs: number }): void;
  /** Something kept a delivery, a take or a sweep from succeeding; it will be tried again. */
  failed?(info: {
    readonly what: 'take' | 'delivery' | 'projection' | 'sweep';
    readonly leadId: string | null;
    readonly error: unknown;
  }): void;
  /** How many leads wait, and how long the one that waits longest. */
  queue?(info: { readonly leads: number; readonly oldestMs: number }): void;
  /** The window that the courier works with at present. */
  pace?(info: { readonly concurrency: number; readonly pausedMs: number }): void;
}
