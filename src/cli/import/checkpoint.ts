import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openInput } from './lines.js';

export interface Counts {
  accepted: number;
  duplicates: number;
  /** Rows that cannot be read, or that the gateway refused. */
  bad: number;
}

/** How far the import of a file has come: everything up to `line` is committed by the gateway. */
export interface Checkpoint {
  readonly v: 1;
  readonly importId: string | null;
  readonly line: number;
  readonly counts: Counts;
  readonly finishedAt: string | null;
}

/** Keeps one checkpoint per content of a file, address and options: another file or another gateway starts anew. */
export class CheckpointFile {
  private constructor(private readonly path: string) {}

  static async open(dataDir: string, input: string, settings: readonly unknown[]): Promise<CheckpointFile> {
    const hash = createHash('sha256');
    for await (const chunk of openInput(input)) hash.update(chunk as Buffer);
    hash.update(JSON.stringify(settings));
    return new CheckpointFile(join(dataDir, 'imports', `${hash.digest('hex').slice(0, 32)}.json`));
  }

  /** Null when this import has not begun; one that cannot be read counts as not begun, since ids keep it from harm. */
  read(): Checkpoint | null {
    try {
      const found = JSON.parse(readFileSync(this.path, 'utf8')) as Checkpoint;
      return found.v === 1 && Number.isSafeInteger(found.line) ? found : null;
    } catch {
      return null;
    }
  }

  write(checkpoint: Checkpoint): void {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.path}.tmp`, JSON.stringify(checkpoint));
    renameSync(`${this.path}.tmp`, this.path);
  }

  clear(): void {
    rmSync(this.path, { force: true });
  }
}
