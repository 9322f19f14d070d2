/** Shapes of the gateway's answers, as far as the CLI prints them; `--json` prints the whole answer. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface LeadReply {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly company: string | null;
  readonly source: {
    readonly name: string | null;
    readonly magnet: string | null;
    readonly channel: string | null;
  };
  readonly stage: string;
  readonly track: string | null;
  readonly tags: readonly string[];
  readonly score: {
    readonly engagement: number;
    readonly fit: number;
    readonly threshold: number;
    readonly asOf: string;
  };
  readonly owner: { readonly id: string; readonly name: string } | null;
  readonly handoff: {
    readonly number: number;
    readonly state: string;
    readonly trigger: string | null;
    readonly dueAt: string | null;
    readonly slaDueAt: string | null;
  } | null;
  readonly next: { readonly what: string; readonly at: string } | null;
  readonly suppressed: { readonly marketing: boolean; readonly sales: boolean; readonly why: string | null };
  readonly attention: readonly string[];
  readonly createdAt: string;
  readonly lastEngagementAt: string | null;
}

export interface TimelineEntry {
  readonly at: string;
  readonly kind: string;
  readonly text: string;
}

export interface ExplanationReply {
  readonly score: LeadReply['score'];
  readonly contributions: readonly {
    readonly rule: string;
    readonly points: number;
    readonly count: number;
    readonly lastAt: string;
  }[];
  readonly missing: readonly { readonly trigger: string; readonly text: string }[];
  readonly definitionVersion: number;
}

export interface KeyReply {
  readonly id: string;
  readonly prefix: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}
