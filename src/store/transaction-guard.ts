import { AsyncLocalStorage } from 'node:async_hooks';
import { Kysely, type KyselyConfig, type PostgresPool, type TransactionBuilder } from 'kysely';
import type { Database } from './schema.js';

/** A transaction, or a held connection, that the present call chain is inside of. */
interface Scope {
  pool: object;
  open: boolean;
  outer: Scope | undefined;
}

const scopes = new AsyncLocalStorage<Scope>();
const roots = new WeakMap<object, object>();

/**
 * The database object that a transaction was begun on, or the object itself: one key for everything that is kept
 * per database rather than per transaction.
 */
export function rootOf(db: object): object {
  return roots.get(db) ?? db;
}

/**
 * A pool that refuses to hand out a second connection to a call chain that already holds one in a transaction.
 * On the embedded database (a pool of one) that call would wait for itself for ever; on Postgres it would work until
 * the pool runs dry under load. Both throw, so that the mistake shows in the first test.
 */
export function guardedPool(pool: PostgresPool): PostgresPool {
  return {
    connect: async () => {
      for (let scope = scopes.getStore(); scope !== undefined; scope = scope.outer) {
        if (scope.open && scope.pool === pool)
          throw new Error(
            'A query on the outer database was made inside a transaction. Pass `trx` to everything that runs inside ' +
              'transaction().execute(...), or start the work after the transaction has ended.',
          );
      }
      return pool.connect();
    },
    end: () => pool.end(),
  };
}

/** Kysely whose transactions and held connections are known to `guardedPool` of the same pool. */
export class GuardedKysely extends Kysely<Database> {
  readonly #pool: object;

  constructor(config: KyselyConfig, pool: PostgresPool) {
    super(config);
    this.#pool = pool;
  }

  override transaction(): TransactionBuilder<Database> {
    return this.#guard(super.transaction());
  }

  override connection(): ReturnType<Kysely<Database>['connection']> {
    return this.#guard(super.connection());
  }

  #guard<Builder extends object>(builder: Builder): Builder {
    return new Proxy(builder, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function') return member;
        if (property !== 'execute')
          return (...args: unknown[]) => this.#guard(Reflect.apply(member, target, args) as object);
        return (callback: (inner: object) => Promise<unknown>) =>
          Reflect.apply(member, target, [(inner: object) => this.#enter(inner, callback)]);
      },
    });
  }

  async #enter(inner: object, callback: (inner: object) => Promise<unknown>): Promise<unknown> {
    roots.set(inner, this);
    const scope: Scope = { pool: this.#pool, open: true, outer: scopes.getStore() };
    try {
      return await scopes.run(scope, () => callback(inner));
    } finally {
      // Timers and loops begun inside inherit the scope and may use the database once it has ended.
      scope.open = false;
    }
  }
}
