/** Who may import whom. The table stands in docs/architecture.md; a bundle test is the second net. */
const layer = (name, comment, from, to, extra = {}) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { ...to, ...extra },
});
const valueOnly = { dependencyTypesNot: ['type-only'] };

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    layer('domain-is-pure', 'The core imports nothing but itself.', '^src/domain', {
      pathNot: '^src/domain',
    }),
    layer('contracts-are-shapes', 'Contracts take types of the domain, values of nobody.', '^src/contracts', {
      pathNot: '^src/(contracts|domain)',
    }),
    layer(
      'contracts-take-domain-types-only',
      'Contracts take types of the domain.',
      '^src/contracts',
      { path: '^src/domain' },
      valueOnly,
    ),
    layer(
      'workflow-bundle',
      'Workflow code runs in a sandbox: core, contracts, activity types and the SDK.',
      '^src/workflows',
      {
        pathNot: '^src/(workflows|domain|contracts)|node_modules/@temporalio/(workflow|common)',
      },
    ),
    layer('activities', 'Activities know no HTTP, no client, no workflow code.', '^src/activities', {
      path: '^src/(workflows|api|console|cli|temporal|courier|insight)|node_modules/(hono|zod|@temporalio/(workflow|client|worker))',
    }),
    layer('connectors', 'Connectors know ports and, the built-in ones, the store.', '^src/connectors', {
      path: '^src/(workflows|api|console|cli|temporal|courier|activities|definition|insight)|node_modules/(hono|@temporalio)',
    }),
    layer(
      'store-knows-types',
      'The store takes types of the domain and the contracts.',
      '^src/store',
      {
        path: '^src/(?!store)',
      },
      valueOnly,
    ),
    layer('store-libraries', 'No HTTP, no schema library, no Temporal in the store.', '^src/store', {
      path: 'node_modules/(hono|zod|@temporalio)',
    }),
    layer(
      'definition-and-insight',
      'They know the core, the store and themselves.',
      '^src/(definition|insight)',
      {
        path: '^src/(workflows|activities|connectors|api|console|cli|temporal|courier|main)|node_modules/(hono|@temporalio)',
      },
    ),
    layer(
      'temporal',
      'The Temporal edge knows contracts and the store.',
      '^src/temporal',
      {
        path: '^src/(workflows|activities|connectors|definition|insight|api|console|cli|courier)|node_modules/(hono|zod)',
      },
      valueOnly,
    ),
    layer(
      'courier',
      'The courier goes from the log to signals.',
      '^src/courier',
      {
        path: '^src/(workflows|activities|connectors|insight|api|console|cli)|node_modules/(hono|zod|@temporalio)',
      },
      valueOnly,
    ),
    layer(
      'edges-use-ports',
      'HTTP, pages and CLI reach Temporal through ports.',
      '^src/(api|console|cli)',
      {
        path: '^src/(workflows|activities|temporal|courier)|node_modules/@temporalio',
      },
      valueOnly,
    ),
    layer('only-config-reads-env', 'process.env is read in one place.', '^src/(?!config)', {
      path: '^node:process$',
    }),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
