/** `/openapi.json` and `/docs`: the page and all that it needs come from Baton itself. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../env.js';
import { resource } from '../route.js';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Baton: HTTP API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});
`;
const FILES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
} as const;

/** The page runs its own script and speaks to its own server; the icons are in its style sheet. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `GET /openapi.json`, `/docs` and the files of the page. `document` yields the OpenAPI document as JSON text. */
export function docsRoutes(document: () => string): OpenAPIHono<AppEnv> {
  const routes = resource();
  routes.get('/openapi.json', (c) => c.body(document(), 200, { 'Content-Type': 'application/json' }));
  routes.get('/docs', (c) => {
    c.header('Content-Security-Policy', PAGE_POLICY);
    return c.html(PAGE);
  });
  routes.get('/docs/start.js', (c) => c.body(START, 200, { 'Content-Type': FILES['swagger-ui-bundle.js'] }));
  for (const [name, type] of Object.entries(FILES)) {
    routes.get(`/docs/${name}`, async (c) =>
      c.body(await readFile(join(folder(), name), 'utf8'), 200, {
        'Content-Type': type,
        'Cache-Control': 'public, max-age=3600',
      }),
    );
  }
  return routes;
}

/** The build copies the files of Swagger UI beside the code; in a checkout they lie in the development dependency. */
function folder(): string {
  const built = fileURLToPath(new URL('../../vendor/swagger-ui/', import.meta.url));
  if (existsSync(built)) return built;
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/swagger-ui.css'));
}
