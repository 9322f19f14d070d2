import type { Command } from 'commander';
import { answer, type ClientOptions, connect, withClient } from '../context.js';
import { usageError } from '../errors.js';
import { count } from '../format.js';
import type { CliIo } from '../io.js';

interface PreviewReply {
  readonly leads: number;
  readonly handoffs: number;
  readonly held: number;
  readonly byTrigger: Readonly<Record<string, number>>;
  readonly bySource: Readonly<Record<string, number>>;
  readonly freeCapacity: number | null;
}

function tally(counts: Readonly<Record<string, number>>): string {
  return (
    Object.entries(counts)
      .map(([name, number]) => `${name} ${number}`)
      .join(', ') || 'none'
  );
}

function previewWords(id: string, preview: PreviewReply): string[] {
  const { leads, handoffs, held, byTrigger, bySource, freeCapacity } = preview;
  const room =
    freeCapacity === null ? 'without a limit' : `${freeCapacity} now, the rest as reps become free`;
  return [
    `${count(leads, 'lead')} to judge: ${count(handoffs, 'handoff')}, ${held} held back`,
    `  by trigger  ${tally(byTrigger)}`,
    `  by source   ${tally(bySource)}`,
    `  reps take   ${room}`,
    ...(leads === 0 ? [] : [`To judge them: baton imports release ${id} --confirm ${handoffs}`]),
  ];
}

/** `baton imports preview` and `release`: what an import would hand off, and the word to do it. */
export function registerImports(program: Command, io: CliIo): void {
  const imports = program
    .command('imports')
    .description('imported history: what it would hand off, and its release');
  withClient(imports.command('preview <import>'))
    .description('judge every lead of an import without doing anything')
    .action(async (id: string, options: ClientOptions) => {
      const path = `/v1/imports/${encodeURIComponent(id)}/preview`;
      const preview = await connect(io, options).get<PreviewReply>(path);
      answer(io, options, preview, () => previewWords(id, preview));
    });
  withClient(imports.command('release <import>'))
    .description("judge the leads of an import and hand off, no faster than the reps' capacity")
    .requiredOption('--confirm <n>', 'the number of handoffs that the preview showed')
    .action(async (id: string, options: ClientOptions & { confirm: string }) => {
      const confirm = Number(options.confirm);
      if (!Number.isSafeInteger(confirm) || confirm < 0) {
        throw usageError(
          `--confirm must be the number of handoffs in the preview (it is "${options.confirm}")`,
        );
      }
      const path = `/v1/imports/${encodeURIComponent(id)}/release`;
      const released = await connect(io, options).post<{ state: string }>(path, { confirm });
      answer(io, options, released, () => [`import ${id} is ${released.state}`]);
    });
}
