/** The lead workflow's search attributes: typed keys and their registration. */
import { type Connection, isGrpcServiceError } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributeType } from '@temporalio/common';
import proto from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../contracts/lead-workflow.js';
import { pollUntil } from './tools.js';

type Names = keyof typeof SEARCH_ATTRIBUTES;
type Keys = {
  readonly [N in Names]: ReturnType<typeof defineSearchAttributeKey<(typeof SEARCH_ATTRIBUTES)[N]>>;
};

/** Typed keys by name, for clients. */
export const searchAttributeKeys = Object.fromEntries(
  entries().map(([name, type]) => [name, defineSearchAttributeKey(name, type)]),
) as Keys;

function entries(): [Names, SearchAttributeType][] {
  return Object.entries(SEARCH_ATTRIBUTES) as [Names, SearchAttributeType][];
}

const { IndexedValueType } = proto.temporal.api.enums.v1;
const VISIBLE_WITHIN_MS = 60_000;
const GRPC_ALREADY_EXISTS = 6;
const GRPC_UNIMPLEMENTED = 12;

/**
 * Registers what is missing and waits until the server takes the names in queries. May be called by any number of
 * processes, any number of times. Throws when a name exists with another type, or when the server refuses: then the
 * message says what an operator has to run.
 */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const existing = await listTypes(connection, namespace);
  const missing = entries().filter(([name]) => !existing.has(name));
  checkTypes(existing);
  if (missing.length > 0) {
    await add(connection, namespace, missing);
    checkTypes(await listTypes(connection, namespace));
  }
  await waitUntilQueryable(connection, namespace);
}

async function listTypes(connection: Connection, namespace: string): Promise<ReadonlyMap<string, number>> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return new Map(Object.entries(customAttributes ?? {}));
  } catch (error) {
    // The time-skipping test server takes new ones but cannot list them.
    if (isGrpcServiceError(error) && error.code === GRPC_UNIMPLEMENTED) return new Map();
    throw error;
  }
}

function checkTypes(existing: ReadonlyMap<string, number>): void {
  for (const [name, type] of entries()) {
    const found = existing.get(name);
    if (found !== undefined && found !== indexedValueType(type)) {
      throw new Error(
        `The search attribute ${name} exists in Temporal as ${IndexedValueType[found]}, Baton needs ${type}. Rename or remove the existing one, or give Baton a namespace of its own.`,
      );
    }
  }
}

async function add(
  connection: Connection,
  namespace: string,
  missing: readonly [Names, SearchAttributeType][],
): Promise<void> {
  const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, indexedValueType(type)]));
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    // Another process was quicker; the types are looked at next.
    if (isGrpcServiceError(error) && error.code === GRPC_ALREADY_EXISTS) return;
    const reason = isGrpcServiceError(error) ? error.details : String(error);
    throw new Error(
      `Temporal refuses to register Baton's search attributes in namespace ${namespace} (${reason}). Have somebody with the right to do so register them:\n${commands(namespace, missing)}`,
      { cause: error },
    );
  }
}

function commands(namespace: string, missing: readonly [Names, SearchAttributeType][]): string {
  return missing
    .map(([name, type]) => {
      const word = type === 'KEYWORD_LIST' ? 'KeywordList' : type.charAt(0) + type.slice(1).toLowerCase();
      return `  temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${word}`;
    })
    .join('\n');
}

/** A listed attribute is not yet a usable one: the front end reads its mapping from a cache. */
async function waitUntilQueryable(connection: Connection, namespace: string): Promise<void> {
  const query = entries()
    .map(([name]) => `${name} IS NULL`)
    .join(' AND ');
  let lastError: unknown = null;
  const visible = await pollUntil(
    async () => {
      try {
        await connection.workflowService.countWorkflowExecutions({ namespace, query });
        return true;
      } catch (error) {
        // The time-skipping test server has no queries, and no such cache either.
        if (isGrpcServiceError(error) && error.code === GRPC_UNIMPLEMENTED) return true;
        lastError = error;
        return null;
      }
    },
    performance.now() + VISIBLE_WITHIN_MS,
    200,
  );
  if (visible === null) {
    throw new Error(
      `Baton's search attributes are registered but not usable after ${VISIBLE_WITHIN_MS / 1000} s: ${lastError}`,
      { cause: lastError },
    );
  }
}

function indexedValueType(type: SearchAttributeType): number {
  return IndexedValueType[`INDEXED_VALUE_TYPE_${type}`];
}
