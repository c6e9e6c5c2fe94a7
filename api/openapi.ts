/** The OpenAPI 3.1 document, made from the very routes that are served; committed as /openapi.json. */
import { routes } from './app.js';
import { documentOf } from './http/document.js';

/** The same document for the same program. */
export function openApiDocument(): ReturnType<typeof documentOf> {
  return documentOf(routes);
}
