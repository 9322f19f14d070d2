/** Handoffs to look at one by one, grouped by how they change. */

import { capitalised } from '../definition/describe-words.js';
import type { BacktestExample, BacktestResult, HandoffBrief } from '../insight/backtest/result.js';
import { changeName, counted, numberWords } from '../insight/backtest/words.js';
import { moment, outcomeTitle, triggerTitle } from './backtest-words.js';
import { DataTable } from './charts/table.js';

const CHANGES = ['gained', 'lost', 'earlier', 'later', 'changed'] as const;

/** Of each change; the result has more. */
const SHOWN_MAX = 24;

interface ExampleProps {
  readonly result: BacktestResult;
  readonly walkHref: ((leadId: string) => string | null) | undefined;
}

export function ExampleSection({ result, walkHref }: ExampleProps) {
  const titles = new Map(result.bySource.map(({ source, title }) => [source, title]));
  const groups = CHANGES.map((change) => ({
    change,
    examples: result.examples.filter((example) => example.change === change).slice(0, SHOWN_MAX),
  })).filter(({ examples }) => examples.length > 0);
  return (
    <>
      <p>
        Chosen from all sources: first those of which it is known how they ended, then those that move the
        furthest.
        {walkHref && ' Each lead’s id leads to its walk through time under both versions, side by side.'}
      </p>
      {groups.map(({ change, examples }) => (
        <>
          <h3>{capitalised(changeName(change))}</h3>
          <DataTable
            caption={`${capitalised(changeName(change))}: ${examples.length} of ${counted(result.totals[change], 'handoff')}`}
            columns={[
              { title: 'Lead' },
              { title: 'Source' },
              ...(change === 'gained' ? [] : [{ title: 'Before' }]),
              ...(change === 'lost' ? [] : [{ title: 'After' }]),
              { title: 'What became of it' },
            ]}
            rows={examples.map((example) => [
              <LeadLink example={example} walkHref={walkHref} />,
              titles.get(example.source) ?? example.source,
              ...(change === 'gained' ? [] : [<Brief brief={example.before} result={result} />]),
              ...(change === 'lost' ? [] : [<Brief brief={example.after} result={result} />]),
              outcomeTitle(example.outcome),
            ])}
          />
        </>
      ))}
    </>
  );
}

function LeadLink({
  example: { leadId },
  walkHref,
}: { example: BacktestExample } & Pick<ExampleProps, 'walkHref'>) {
  const href = walkHref?.(leadId) ?? null;
  return href === null ? <span>{leadId}</span> : <a href={href}>{leadId}</a>;
}

function Brief({ brief, result }: { brief: HandoffBrief | null; result: BacktestResult }) {
  if (!brief) return <>–</>;
  const { at, trigger, triggerId, intent, score, rep, number: which } = brief;
  return (
    <>
      <time class="at" datetime={at}>
        {moment(at, result.period.timeZone)}
      </time>
      <span class="why">
        {triggerTitle(trigger, triggerId)}
        {`, ${intent} intent, ${numberWords(Math.round(score * 10) / 10)} points`}
        {which > 1 && `, handoff ${which} of this lead`}
        {rep === null ? ', to the queue' : `, to ${rep}`}
      </span>
    </>
  );
}
