/** What stands around the routes in the OpenAPI document. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from './env.js';

const DESCRIPTION = `Baton hands leads from marketing to sales without dropping them.

Send what leads do to \`POST /v1/events\`; Baton scores them, hands them to a rep with their context, holds sales to its
SLA and takes them back. Errors are \`application/problem+json\` with a stable \`code\`. Times are RFC 3339, lists are paged
with \`limit\` and \`cursor\`. Every request under \`/v1\` needs an API key: \`Authorization: Bearer <key>\`.`;

/** The OpenAPI 3.1 document of an app, as JSON text. Costly to make; the routes of an app do not change. */
export function openApiText(app: OpenAPIHono<AppEnv>, publicUrl: string): string {
  return JSON.stringify(
    app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Baton',
        version: '1',
        description: DESCRIPTION,
        license: { name: 'Apache-2.0' },
      },
      servers: [{ url: publicUrl }],
    }),
  );
}

/** Makes the ways to present a key known to the document. */
export function registerSecurity(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'basic', {
    type: 'http',
    scheme: 'basic',
    description: 'An API key as the user name; the password is ignored.',
  });
}
