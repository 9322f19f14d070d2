/** Files of tests, run one after the other; what one file has wrong does not keep the others from running. */
import { checkDefinition } from './check.js';
import type { Fault } from './faults.js';
import type { TestFile } from './test-plan.js';
import { runTest, TestBench } from './test-run.js';
import { type ToldTest, tellTest } from './test-words.js';

export interface SuiteFile {
  readonly file: string;
  readonly tests: TestFile;
  /** The file of the definition that is tested, and its text; null where the tests cannot be read either. */
  readonly definition: { readonly file: string; readonly text: string } | null;
}

export interface SuiteFileResult {
  readonly file: string;
  readonly definition: string;
  /** What is wrong with the file of tests, or with the definition; then nothing was run. */
  readonly faults: readonly Fault[];
  readonly definitionFaults: readonly Fault[];
  readonly tests: readonly ToldTest[];
}

/** The definition that a file of tests names, relative to it; `acme.test.yaml` tests `acme.yaml`. Null for none. */
export function definitionNamedBy(file: string, draft: NonNullable<TestFile['draft']>): string | null {
  const named = draft.definition;
  if (named !== undefined) return named;
  const match = /([^/\\]+)\.test(\.ya?ml)$/.exec(file);
  return match ? `${match[1]}${match[2]}` : null;
}

/** Runs files of tests. Many files may name one definition, which is then read once. */
export class TestSuite {
  readonly #benches = new Map<
    string,
    { readonly bench: TestBench | null; readonly faults: readonly Fault[] }
  >();

  /** `wants` chooses tests by their names. Never throws for what a file holds. */
  run(
    { file, tests, definition }: SuiteFile,
    wants: (name: string) => boolean = () => true,
    ran: () => void = () => undefined,
  ): SuiteFileResult {
    const nothing = {
      file,
      definition: definition?.file ?? '',
      faults: tests.faults,
      definitionFaults: [],
      tests: [],
    };
    if (definition === null) return nothing;
    const { bench, faults: definitionFaults } = this.#bench(definition.text);
    if (bench === null) return { ...nothing, definitionFaults };
    const { faults, cases } = tests.plan(bench.definition);
    if (faults.length > 0) return { ...nothing, faults };
    const told = cases
      .filter(({ name }) => wants(name))
      .map((test) => {
        const result = tellTest(bench, runTest(bench, test));
        ran();
        return result;
      });
    return { ...nothing, tests: told };
  }

  #bench(text: string): { readonly bench: TestBench | null; readonly faults: readonly Fault[] } {
    const known = this.#benches.get(text);
    if (known) return known;
    const { definition, faults } = checkDefinition(text);
    const made = { bench: definition ? new TestBench(definition) : null, faults };
    this.#benches.set(text, made);
    return made;
  }
}
