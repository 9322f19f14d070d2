/** Where a text stops being JSON. Only asked once `JSON.parse` has refused it: Node 20 does not always say. */

export interface Place {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** What would have been right there. */
  readonly expected: string;
}

const WHITESPACE = /[ \t\n\r]*/y;
// JSON forbids the control characters of ASCII in strings: all that comes before the space.
const STRING_BODY = /[ !#-[\]-\u{10ffff}]*/uy;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

class Fault {
  constructor(
    readonly offset: number,
    readonly expected: string,
  ) {}
}

/** The first place at which the text is not JSON, or null when it is. Takes no stack, however deep the text is nested. */
export function placeOfFault(text: string): Place | null {
  const fault = scan(text);
  if (!fault) return null;
  const before = text.slice(0, fault.offset);
  const line = before.split('\n').length;
  return { line, column: fault.offset - (before.lastIndexOf('\n') + 1) + 1, expected: fault.expected };
}

function scan(text: string): Fault | null {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const string = (): Fault | null => {
    at += 1;
    do take(STRING_BODY);
    while (take(ESCAPE));
    if (text[at] !== '"')
      return new Fault(at, at < text.length ? 'a valid character or escape' : 'the closing "');
    at += 1;
    return null;
  };
  const key = (): Fault | null => {
    if (text[at] !== '"') return new Fault(at, 'a name in double quotes');
    const fault = string();
    take(WHITESPACE);
    if (fault) return fault;
    if (text[at] !== ':') return new Fault(at, 'a colon');
    at += 1;
    return null;
  };

  const open: ('{' | '[')[] = [];
  for (;;) {
    take(WHITESPACE);
    const first = text[at];
    if (first === '{' || first === '[') {
      at += 1;
      take(WHITESPACE);
      if (text[at] !== (first === '{' ? '}' : ']')) {
        open.push(first);
        const fault = first === '{' ? key() : null;
        if (fault) return fault;
        continue;
      }
      at += 1;
    } else if (first === '"') {
      const fault = string();
      if (fault) return fault;
    } else if (!take(NUMBER) && !take(WORD)) return new Fault(at, 'a value');

    // A value has ended: close what ends with it, or go on to the next one.
    for (;;) {
      take(WHITESPACE);
      const around = open.at(-1);
      if (around === undefined) return at < text.length ? new Fault(at, 'the end of the text') : null;
      if (text[at] === (around === '{' ? '}' : ']')) {
        at += 1;
        open.pop();
        continue;
      }
      if (text[at] !== ',') return new Fault(at, `a comma or ${around === '{' ? '}' : ']'}`);
      at += 1;
      take(WHITESPACE);
      const fault = around === '{' ? key() : null;
      if (fault) return fault;
      break;
    }
  }
}
