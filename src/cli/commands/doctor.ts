import type { Command } from 'commander';
import { type Config, ConfigError, loadConfig } from '../../config/config.js';
import { ROLES } from '../../config/roles.js';
import { gatewayClient } from '../client.js';
import { answer, type ClientOptions, withClient } from '../context.js';
import type { Finding } from '../doctor/probes.js';
import { CliError } from '../errors.js';
import { count } from '../format.js';
import type { CliIo } from '../io.js';
import { versions } from '../version.js';

const MARKS = { ok: 'ok     ', warning: 'warning', fault: 'FAULT  ' } as const;

/** The settings, or the faults that keep every other check from making sense. */
function settings(io: CliIo): { config: Config | null; findings: Finding[] } {
  const what = 'settings';
  try {
    const config = loadConfig({ env: io.env, cwd: io.cwd, roles: ROLES });
    const warnings = config.warnings.map((text): Finding => ({ what, state: 'warning', text }));
    return { config, findings: warnings.length > 0 ? warnings : [{ what, state: 'ok', text: 'are valid' }] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config: null, findings: error.faults.map((text): Finding => ({ what, state: 'fault', text })) };
  }
}

async function examine(io: CliIo, options: ClientOptions): Promise<Finding[]> {
  const { baton, node, platform } = versions();
  const findings: Finding[] = [
    { what: 'versions', state: 'ok', text: `Baton ${baton}, Node ${node}, ${platform}` },
  ];
  const found = settings(io);
  findings.push(...found.findings);
  const { config } = found;
  if (config === null) return findings;
  const probes = await import('../doctor/probes.js');
  const client = gatewayClient(config, options);
  const { finding, running } = await probes.gateway(client);
  findings.push(
    finding,
    ...(running ? await probes.engines(client) : []),
    probes.dataFolder(config),
    await probes.database(config),
    await probes.temporal(config),
    await probes.java(),
    ...(await probes.ports(config, running)),
  );
  return findings;
}

function words(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map((finding) => finding.what.length));
  const lines = findings.flatMap((finding) => [
    `${MARKS[finding.state]}  ${finding.what.padEnd(width)}  ${finding.text}`,
    ...(finding.remedy ? [`${' '.repeat(width + 11)}→ ${finding.remedy}`] : []),
  ]);
  const faults = findings.filter((finding) => finding.state === 'fault').length;
  return [...lines, '', faults === 0 ? 'Nothing is wrong.' : `${count(faults, 'fault')} found.`];
}

/** `baton doctor`: what is reachable, what is wrong, what to do. */
export function registerDoctor(program: Command, io: CliIo): void {
  withClient(program.command('doctor'))
    .description('what is reachable, what is wrong, and what to do about it')
    .action(async (options: ClientOptions) => {
      const findings = await examine(io, options);
      answer(io, options, { findings }, () => words(findings));
      if (findings.some((finding) => finding.state === 'fault')) throw new CliError([]);
    });
}
