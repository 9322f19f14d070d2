/** What releasing an import would do, with numbers: every lead that it has not judged yet, judged now. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { freeCapacity } from '../definition/free-capacity.js';
import { type Judgement, judgeLeads } from '../definition/judgement.js';
import type { DefinitionBook } from '../definition/versions.js';
import type { Db } from '../store/database.js';
import { countOpenLeads, unjudgedLeads } from '../store/imports.js';

export interface ImportPreview {
  /** Leads that were judged for this preview. */
  readonly leads: number;
  readonly handoffs: number;
  /** Leads whose score stands, and whom fit, a cooldown or a suppression holds back. */
  readonly held: number;
  readonly byTrigger: Readonly<Record<string, number>>;
  readonly bySource: Readonly<Record<string, number>>;
  /** Handoffs that the reps can take now; null is without limit. */
  readonly freeCapacity: number | null;
  /** Those with the highest scores; points are milli-points. */
  readonly examples: readonly ImportExample[];
  readonly openLeads: number;
  /** The handoffs' share of the open leads, 0 to 1, and the share that the definition allows without a confirmation. */
  readonly share: number;
  readonly publishGuard: number;
}

interface ImportExample {
  readonly leadId: string;
  readonly trigger: string;
  readonly score: number;
  readonly threshold: number;
}

/** Judged together; between two pages others get the database and the thread. */
const PAGE_LEADS = 50;
const EXAMPLES_MAX = 20;

/** Previews the release of an import at `nowMs`. Memory does not grow with the number of its leads. */
export async function previewImport(
  db: Db,
  book: Pick<DefinitionBook, 'current'>,
  importId: string,
  nowMs: number,
): Promise<ImportPreview> {
  const published = await book.current();
  const tally = new Tally();
  for (let after = ''; ; ) {
    const leadIds = await unjudgedLeads(db, importId, after, PAGE_LEADS);
    for (const judgement of (await judgeLeads(db, published, leadIds, nowMs)).values()) tally.add(judgement);
    if (leadIds.length < PAGE_LEADS) break;
    after = leadIds.at(-1) ?? after;
    await nextTurn();
  }
  const openLeads = await countOpenLeads(db);
  const { leads, handoffs, held, byTrigger, bySource, examples } = tally;
  return {
    ...{ leads, handoffs, held, byTrigger, bySource, examples },
    freeCapacity: await freeCapacity(db, published, nowMs),
    openLeads,
    share: openLeads === 0 ? 0 : handoffs / openLeads,
    publishGuard: published.definition.publishGuard,
  };
}

class Tally {
  leads = 0;
  handoffs = 0;
  held = 0;
  readonly byTrigger: Record<string, number> = {};
  readonly bySource: Record<string, number> = {};
  examples: ImportExample[] = [];

  add({ leadId, source, handoff, held }: Judgement): void {
    this.leads += 1;
    if (held) this.held += 1;
    if (!handoff) return;
    const { trigger, score, threshold } = handoff;
    this.handoffs += 1;
    this.byTrigger[trigger.kind] = (this.byTrigger[trigger.kind] ?? 0) + 1;
    this.bySource[source] = (this.bySource[source] ?? 0) + 1;
    const lowest = this.examples.at(-1);
    if (this.examples.length === EXAMPLES_MAX && lowest && lowest.score >= score) return;
    this.examples = [...this.examples, { leadId, trigger: trigger.id, score, threshold }]
      .sort((a, b) => b.score - a.score)
      .slice(0, EXAMPLES_MAX);
  }
}
