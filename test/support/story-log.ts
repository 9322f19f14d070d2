/** The log of a story: from what a lead does to events with references, observed under the story's policy. */
import { localDate } from '../../src/definition/calendar.js';
import type { CorePolicy, SourcePolicy } from '../../src/domain/definition.js';
import { applyEngagement, emptyEngagement, settleClicks } from '../../src/domain/engagement.js';
import type { EngagementFact } from '../../src/domain/lead-event.js';
import { globMatches } from '../../src/domain/match.js';
import { observe, type RawEvent } from '../../src/domain/observe.js';
import type { Engagement, LeadState } from '../../src/domain/state.js';
import { sample } from './sample-definition.js';

export interface How {
  /** How long before its acceptance it happened, in milliseconds. */
  ago?: number;
  backfill?: boolean;
  anonymous?: boolean;
  userAgent?: string;
  userAgentIsBot?: boolean;
  source?: string;
  /** Names of what it refers to. */
  email?: string;
  link?: string;
  resource?: string;
  /** Properties as the sender gives them. */
  [property: string]: unknown;
}

export class StoryLog {
  private readonly refs = new Map<string, number>();
  private readonly events: RawEvent[] = [];

  constructor(
    public policy: SourcePolicy,
    public traits: Readonly<Record<string, unknown>>,
  ) {}

  /** An event as it will be observed once its number is known. */
  event(type: string, how: How, acceptedAt: number): (seq: number) => EngagementFact {
    const {
      ago = 0,
      backfill,
      anonymous,
      userAgent,
      userAgentIsBot,
      source,
      email,
      link,
      resource,
      ...said
    } = how;
    const occurredAt = acceptedAt - ago;
    const { traits } = this;
    return (seq) => {
      const event: RawEvent = {
        seq,
        type,
        occurredAt,
        acceptedAt,
        dayKey: localDate(occurredAt, sample.calendar.timeZone),
        backfill: backfill === true,
        anonymous: anonymous === true,
        label: null,
        refs: {
          ...(email !== undefined && { email: this.ref(`email:${email}`) }),
          ...(link !== undefined && { link: this.ref(`link:${link}`) }),
          ...(resource !== undefined && { resource: this.ref(`resource:${resource}`) }),
        },
        ...(source !== undefined && { source }),
        properties: {
          ...said,
          ...this.contentOf(resource === undefined ? said.path : `resource:${resource}`),
        },
        ...(userAgent !== undefined && { userAgent }),
        ...(userAgentIsBot !== undefined && { userAgentIsBot }),
      };
      this.events.push(event);
      return observe(event, traits, this.policy);
    };
  }

  label(seq: number, label: 'human' | 'machine'): void {
    this.events.forEach((event, index) => {
      if (event.seq === seq) this.events[index] = { ...event, label };
    });
  }

  /** The current period's engagement, from the log alone. */
  refold(state: LeadState, policy: CorePolicy): Engagement {
    let engagement = emptyEngagement();
    for (const event of this.events) {
      const fact = observe(event, this.traits, this.policy);
      engagement = applyEngagement(engagement, fact, policy, state.period);
    }
    return settleClicks(engagement, state.at, policy);
  }

  private ref(name: string): number {
    const known = this.refs.get(name) ?? this.refs.size + 1;
    this.refs.set(name, known);
    return known;
  }

  private contentOf(name: unknown): Record<string, unknown> {
    const rule = this.policy.content.find(
      ({ match }) => typeof name === 'string' && globMatches(match, name),
    );
    return rule ? { kind: rule.kind, ...(rule.topic !== undefined && { topic: rule.topic }) } : {};
  }
}
