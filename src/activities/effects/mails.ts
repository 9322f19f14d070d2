/**
 * Marketing's two mails to the lead: the final one before a handoff, the bridge at it. What is asked right before
 * sending is the database, not the plan: a lead that left in the meantime gets nothing.
 */

import type { MailTemplate } from '../../definition/document.js';
import { renderMail } from '../../definition/templates.js';
import type { PublishedDefinition } from '../../definition/versions.js';
import type { TriggerFired } from '../../domain/decision.js';
import { mailFacts } from '../../domain/draft-facts.js';
import type { LeadState } from '../../domain/state.js';
import {
  type HandoffRow,
  type LeadRow,
  type RepRow,
  readHandoff,
  readLead,
  readRep,
} from '../../store/handoffs.js';
import { addToOutbox } from '../../store/outbox.js';
import { marketingHindrance, recordedStatus } from '../../store/sendable.js';
import { personOf, readStory, storyEvents } from '../story.js';
import { dayInWords } from '../words.js';
import type { EffectContext, Prepared } from './act.js';

/** The bridge email of a handoff. */
export async function prepareBridge(context: EffectContext): Promise<Prepared> {
  const { deps, leadId, plan } = context;
  const handoff = plan.handoff === null ? null : await readHandoff(deps.db, leadId, plan.handoff);
  if (!handoff || handoff.state === 'closed') return { kind: 'skip', code: null };
  const published = await deps.book.byNumber(handoff.definition_number);
  const rep = handoff.rep_id === null ? null : await readRep(deps.db, handoff.rep_id);
  return mailTo(context, { mail: 'bridge', published, handoff, rep });
}

/** The final marketing email before a handoff. */
export async function prepareFinal(context: EffectContext): Promise<Prepared> {
  return mailTo(context, {
    mail: 'final',
    published: await context.deps.book.current(),
    handoff: null,
    rep: null,
  });
}

interface Wanted {
  readonly mail: 'bridge' | 'final';
  readonly published: PublishedDefinition;
  readonly handoff: HandoffRow | null;
  readonly rep: RepRow | null;
}

async function mailTo(context: EffectContext, wanted: Wanted): Promise<Prepared> {
  const { deps, leadId, plan } = context;
  const lead = await readLead(deps.db, leadId);
  const status = await recordedStatus(deps.db, leadId);
  if (!lead || lead.email === null) return { kind: 'skip', code: 'not_found' };
  const hindrance = await marketingHindrance(deps.db, leadId, wanted.mail);
  if (hindrance !== null) return { kind: 'skip', code: hindrance };
  const template = wanted.published.mailsFor(status?.source ?? lead.source)[wanted.mail];
  if (template === null) return { kind: 'skip', code: null };
  const unsubscribeUrl = (await deps.unsubscribeUrl?.(leadId)) ?? null;
  const words = await render(context, wanted, { lead, status, template, unsubscribeUrl });
  const mail = {
    key: plan.key,
    leadId,
    handoff: plan.handoff,
    to: lead.email,
    ...words,
    ...(wanted.rep?.email != null && { replyTo: wanted.rep.email }),
    ...(unsubscribeUrl !== null && { unsubscribeUrl }),
  };
  const port = deps.connectors.mail;
  return {
    kind: 'act',
    reference: port.messageId(plan.key),
    call: (call) => port.send(mail, call),
    // What SMTP sent is listed beside what the outbox keeps: one place shows every mail.
    ...(port.via === 'smtp' && {
      record: async (trx, reference) => {
        await addToOutbox(trx, {
          effect_key: plan.key,
          kind: 'mail',
          lead_id: leadId,
          handoff: plan.handoff,
          recipient: mail.to,
          subject: mail.subject,
          text: mail.text,
          message_id: reference,
          via: 'smtp',
        });
      },
    }),
  };
}

interface MailMatter {
  readonly lead: LeadRow;
  readonly status: { readonly seq: number; readonly source: string; readonly state: LeadState } | null;
  readonly template: MailTemplate;
  readonly unsubscribeUrl: string | null;
}

async function render(
  { deps, leadId }: EffectContext,
  wanted: Wanted,
  { lead, status, template, unsubscribeUrl }: MailMatter,
) {
  const { published, handoff, rep } = wanted;
  const atMs = Date.now();
  const source = status?.source ?? lead.source ?? 'default';
  const period = status?.state.period ?? { number: 1, startedAt: 0 };
  const timeZone = rep?.time_zone ?? published.definition.calendar.timeZone;
  const story = await readStory(deps.db, {
    leadId,
    uptoSeq: status?.seq ?? 0,
    published,
    source,
    period,
    atMs,
  });
  const trigger: TriggerFired | null = handoff?.trigger ?? null;
  const named = lead.source ?? source;
  const variables = mailFacts(
    {
      person: personOf(lead, atMs),
      leadSource: {
        name: named,
        title: published.sourceTitle(named),
        magnet: lead.magnet,
        channel: lead.channel,
      },
    },
    {
      events: storyEvents(story, { timeZone, atMs, period }),
      trigger,
      rep,
      handoff: {
        date: handoff && dayInWords(handoff.started_at.getTime(), timeZone, atMs),
        dueDate: handoff?.task_due_at ? dayInWords(handoff.task_due_at.getTime(), timeZone, atMs) : null,
        meetingDate: null,
      },
      unsubscribeUrl,
    },
  );
  return renderMail(template, variables);
}
