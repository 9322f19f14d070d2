import type { Command } from 'commander';
import { type Config, loadConfig } from '../config/config.js';
import { type GatewayClient, gatewayClient } from './client.js';
import type { CliIo } from './io.js';

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
}
/** Options of every command that speaks to the gateway. */
export interface ClientOptions extends CommonOptions {
  readonly url?: string;
  readonly key?: string;
}

export const withJson = (command: Command): Command => command.option('--json', 'print the answer as JSON');

export const withClient = (command: Command): Command =>
  withJson(command)
    .option('--url <address>', "the gateway's address (else BATON_URL, BATON_PUBLIC_URL, the local one)")
    .option('--key <key>', 'the API key (else BATON_API_KEY, then the local admin-key file)');

/** The settings of a client command; variables without effect are told on standard error. */
export function clientConfig(io: CliIo): Config {
  const config = loadConfig({ env: io.env, cwd: io.cwd });
  for (const warning of config.warnings) io.err(`warning: ${warning}`);
  return config;
}

export const connect = (io: CliIo, options: ClientOptions, timeoutMs?: number): GatewayClient =>
  gatewayClient(clientConfig(io), options, timeoutMs);

/** Prints an answer: as it came with `--json`, else by the given words. */
export function answer<T>(
  io: CliIo,
  options: CommonOptions,
  value: T,
  words: (value: T) => readonly string[],
): void {
  if (options.json) io.out(JSON.stringify(value, null, 2));
  else for (const line of words(value)) io.out(line);
}
