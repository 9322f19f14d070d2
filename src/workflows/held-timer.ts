/** One timer, held: re-armed only for an earlier deadline; for a later one it fires idly and the loop looks again. */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

export class HeldTimer {
  private held: { readonly at: number; readonly scope: CancellationScope } | null = null;
  private fired = false;

  /** Waits until `atMs`, an absolute instant; what is left is computed only now, so that it survives continue-as-new. */
  arm(atMs: number, summary: string): void {
    if (this.held !== null && this.held.at <= atMs) return;
    this.held?.scope.cancel();
    const scope = new CancellationScope();
    const held = { at: atMs, scope };
    this.held = held;
    void scope
      .run(() => sleep(Math.max(1, atMs - Date.now()), { summary }))
      .then(() => {
        if (this.held === held) this.held = null;
        this.fired = true;
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  }

  /** The loop has looked at what a fired timer was for. */
  rest(): void {
    this.fired = false;
  }

  hasFired(): boolean {
    return this.fired;
  }
}
