/** Composes the HTTP edge. It does not listen: whoever calls it gives the app to a server, or to a test. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { type DefinitionBook, DefinitionError } from '../definition/versions.js';
import { BacktestService } from '../insight/backtest-service.js';
import { GroupCommit } from '../store/group-commit.js';
import { UnsubscribeLinks } from '../store/unsubscribe-links.js';
import { authenticate, KeyRing } from './auth.js';
import { type ApiDeps, type AppEnv, DEFAULT_LIMITS } from './env.js';
import { handleError, loggable } from './errors.js';
import { EventIntake } from './event-intake.js';
import { notFoundIn } from './not-found.js';
import { openApiText, registerSecurity } from './openapi-document.js';
import { resource } from './route.js';
import { backtestReportRoutes } from './routes/backtest-report.js';
import { backtestRoutes } from './routes/backtests.js';
import { commandRoutes } from './routes/commands.js';
import { connectionRoutes } from './routes/connections.js';
import { correctionRoutes } from './routes/corrections.js';
import { definitionDocumentRoutes } from './routes/definition-document.js';
import { definitionRoutes } from './routes/definitions.js';
import { docsRoutes } from './routes/docs.js';
import { effectRoutes } from './routes/effects.js';
import { eventRoutes } from './routes/events.js';
import { handoffCommandRoutes } from './routes/handoff-commands.js';
import { handoffRoutes } from './routes/handoffs.js';
import { healthRoutes } from './routes/health.js';
import { importRoutes } from './routes/imports.js';
import { keyRoutes } from './routes/keys.js';
import { leadRoutes } from './routes/leads.js';
import { operationRoutes } from './routes/operations.js';
import { outboxRoutes } from './routes/outbox.js';
import { proofRoutes } from './routes/proofs.js';
import { repRoutes } from './routes/reps.js';
import { segmentRoutes } from './routes/segment.js';
import { sendableRoutes } from './routes/sendable.js';
import { systemRoutes } from './routes/system.js';
import { taskRoutes } from './routes/tasks.js';
import { timelineRoutes } from './routes/timeline.js';
import { unsubscribeRoutes } from './routes/unsubscribe.js';
import { webhookRoutes } from './routes/webhooks.js';
import { createRegistry, observeRequests } from './telemetry.js';
import { installWording } from './wording.js';

const REQUEST_ID_LENGTH_MAX = 64;
const FUTURE_TOLERANCE_MS = 5 * 60_000;

installWording();

/** The whole gateway as a Hono app: middleware first, then one router per resource. */
export function createApp(deps: ApiDeps): OpenAPIHono<AppEnv> {
  const { db, book, gateway, nudge, log, publicUrl, courier } = deps;
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const registry = deps.metrics ?? createRegistry();
  const commit = deps.commit ?? new GroupCommit(db, { onCommitted: (leadIds) => nudge.nudge(leadIds) });
  const keys = new KeyRing(db);
  const { points, windowS } = limits.requestsPerKey;
  const limiter = new RateLimiterMemory({ points, duration: windowS });
  const intake = new EventIntake({
    commit,
    now: deps.now ?? Date.now,
    policy: () => acceptancePolicy(book),
  });

  const app = resource();
  app.onError(handleError);
  app.notFound(notFoundIn(app));
  app.use(requestId({ limitLength: REQUEST_ID_LENGTH_MAX }));
  app.use(observeRequests(log, registry));
  app.use(securityHeaders());
  app.use(async (c, next) => {
    c.set('limits', limits);
    await next();
  });
  // Before the authentication of everything else: its keys may stand in the body, and preflights carry none.
  app.route(
    '/',
    segmentRoutes({ db, intake, keys, limiter, now: deps.now ?? Date.now, settings: deps.segment }),
  );
  const connected = { db, secrets: deps.secrets ?? null, publicUrl, now: deps.now ?? Date.now };
  // The platforms that send these have no key of ours: what they sign with stands for it.
  app.route('/', webhookRoutes({ ...connected, intake }));
  app.use('/v1/*', authenticate(keys, limiter));

  app.route('/', healthRoutes({ db, gateway, courier, registry }));
  app.route('/', eventRoutes(intake));
  app.route('/', repRoutes({ db }));
  app.route('/', keyRoutes({ db, keys }));
  app.route('/', connectionRoutes(connected));
  const now = deps.now ?? Date.now;
  const commands = { db, book, gateway, nudge, now };
  app.route('/', leadRoutes({ db, book, intake }));
  app.route('/', timelineRoutes({ db, book, now }));
  app.route('/', proofRoutes({ db, book, now }));
  app.route('/', effectRoutes(commands));
  app.route('/', sendableRoutes({ db, book }));
  app.route('/', handoffRoutes({ db }));
  app.route('/', handoffCommandRoutes(commands));
  app.route('/', commandRoutes(commands));
  app.route('/', correctionRoutes(commands));
  app.route('/', outboxRoutes({ db }));
  app.route('/', unsubscribeRoutes({ db, nudge, links: new UnsubscribeLinks(db) }));
  app.route('/', taskRoutes({ db }));
  app.route('/', systemRoutes({ db, book, courier, now }));
  app.route('/', importRoutes({ db, book, now }));
  app.route('/', definitionRoutes({ db, book, now }));
  const backtests =
    deps.backtests ??
    new BacktestService({
      database: { db, kind: 'embedded' },
      onFault: (backtest, fault) =>
        log.error({ backtest, fault: loggable(fault) }, 'a backtest ended by a fault'),
    });
  app.route('/', backtestRoutes({ db, book, backtests, now }));
  app.route('/', backtestReportRoutes({ backtests }));
  app.route('/', definitionDocumentRoutes({ db, book, now }));
  app.route('/', operationRoutes({ db, operations: deps.operations }));

  registerSecurity(app);
  let document: string | null = null;
  app.route(
    '/',
    docsRoutes(() => {
      document ??= openApiText(app, publicUrl);
      return document;
    }),
  );
  return app;
}

/** Before anything is published, events are accepted as the built-in definition would, and wait. */
async function acceptancePolicy(book: DefinitionBook): Promise<{ futureToleranceMs: number }> {
  try {
    return (await book.current()).definition;
  } catch (error) {
    if (error instanceof DefinitionError && error.code === 'none_published') {
      return { futureToleranceMs: FUTURE_TOLERANCE_MS };
    }
    throw error;
  }
}

/** Nothing of an answer may be run or framed; a page that needs more says so itself. */
function securityHeaders() {
  const headers = secureHeaders({
    xFrameOptions: 'DENY',
    referrerPolicy: 'no-referrer',
    // Whether there is TLS in front is for whoever set it up to say.
    strictTransportSecurity: false,
  });
  const policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";
  const middleware: MiddlewareHandler<AppEnv> = async (c, next) => {
    await headers(c, next);
    if (!c.res.headers.has('Content-Security-Policy')) c.res.headers.set('Content-Security-Policy', policy);
    if (c.req.path.startsWith('/v1/')) c.res.headers.set('Cache-Control', 'no-store');
  };
  return middleware;
}
