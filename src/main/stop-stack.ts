/** What was started, to be stopped in reverse; each part once, and all of them even if one fails. */
export class StopStack {
  private readonly parts: { readonly name: string; readonly stop: () => Promise<unknown> }[] = [];
  private stopping: Promise<void> | null = null;

  constructor(private readonly failed: (name: string, error: unknown) => void) {}

  push(name: string, stop: () => Promise<unknown>): void {
    this.parts.push({ name, stop });
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (const { name, stop } of this.parts.reverse()) {
      try {
        await stop();
      } catch (error) {
        this.failed(name, error);
      }
    }
  }
}
