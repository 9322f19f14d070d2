import { isNode, LineCounter, type Node, parseDocument } from 'yaml';
import { usageError } from './errors.js';

/** The reps of a YAML file, and where in it each thing stands. */
export interface Team {
  readonly reps: readonly unknown[];
  /** `file:line:column` of the node at a path that begins with `reps`. */
  place(path: readonly (string | number)[]): string;
}

/**
 * Reads a team file: a list of reps, or `reps:` with one.
 * @throws CliError with `file:line:column` of every fault of the YAML.
 */
export function readTeam(name: string, text: string): Team {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw usageError(
      document.errors.map(
        (error) => `${at(error.pos[0])}: ${error.message.split('\n')[0]?.replace(/ at line.*$/, '')}`,
      ),
    );
  }
  const value: unknown = document.toJS();
  const bare = Array.isArray(value);
  const reps = bare
    ? value
    : typeof value === 'object' && value !== null && 'reps' in value
      ? value.reps
      : undefined;
  if (!Array.isArray(reps) || reps.length === 0) {
    throw usageError(`${name}: a list of reps is expected, or \`reps:\` with such a list under it`);
  }
  return {
    reps,
    place: (path) => {
      const inFile = bare ? path.slice(1) : path;
      // A missing key has no node: its parent's place is the next best.
      for (let length = inFile.length; length > 0; length -= 1) {
        const node: Node | undefined = asNode(document.getIn(inFile.slice(0, length), true));
        if (node?.range) return at(node.range[0]);
      }
      return name;
    },
  };
}

const asNode = (found: unknown): Node | undefined => (isNode(found) ? found : undefined);
