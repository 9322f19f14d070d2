import type { GatewayClient } from './client.js';
import { CliError } from './errors.js';
import { printable } from './format.js';
import type { LeadReply, Page } from './replies.js';

/** A lead's id; an address is looked up. Throws CliError when nobody has it. */
export async function resolveLead(client: GatewayClient, lead: string): Promise<string> {
  if (!lead.includes('@')) return lead;
  const page = await client.get<Page<LeadReply>>('/v1/leads', { email: lead, limit: 1 });
  const found = page.items[0];
  if (!found) throw new CliError(`no lead has the address ${printable(lead)}`);
  return found.id;
}
