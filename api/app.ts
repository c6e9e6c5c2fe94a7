/** The application: every route with its limits in front of it, nothing that is not listed here. */
import express from 'express';
import type { Express, RequestHandler } from 'express';
import helmet from 'helmet';
import { accessRoutes } from './access/routes.js';
import { auditListRoutes } from './audit/lists.js';
import { questionRoutes } from './audit/questions.js';
import { auditRoutes } from './audit/routes.js';
import { calendarRoutes } from './calendars/routes.js';
import { contactMatrixRoutes } from './contact-matrix/routes.js';
import { contractRoutes } from './contracts/routes.js';
import type { Dependencies } from './dependencies.js';
import { deskRoutes } from './desk/routes.js';
import { drillRoutes } from './drills/routes.js';
import { documentRoutes } from './documents/routes.js';
import { fileRoutes } from './files/routes.js';
import { handoverRoutes } from './handovers/routes.js';
import { finish, handlerOf } from './http/handler.js';
import { problem } from './http/problems.js';
import type { Route } from './http/route.js';
import { linkRoutes } from './links/routes.js';
import { mailReportRoutes } from './mail-reports/routes.js';
import { withPatience } from '../db/patience.js';
import { createDoor } from './middleware/door.js';
import { formBody, jsonBody, jsonOrCsvBody, perMinute, rawBody } from './middleware/limits.js';
import { measure } from './middleware/measure.js';
import { replyToError } from './middleware/problem.js';
import { noteOf, requestLog } from './middleware/request-log.js';
import { checkRoutes } from './operations/check-routes.js';
import { operationRoutes } from './operations/routes.js';
import { pageRoutes } from './pages/routes.js';
import { policyRoutes } from './policies/routes.js';
import { commandRoutes } from './processes/command-routes.js';
import { definitionRoutes } from './processes/definition-routes.js';
import { forecastRoutes } from './processes/forecast-routes.js';
import { rotaRoutes } from './rotas/routes.js';
import { readRoutes } from './processes/read-routes.js';
import { keyRoutes } from './staff/key-routes.js';
import { signatureRoutes } from './signatures/routes.js';
import { remoteAccessRoutes } from './remote-access/routes.js';
import { staffRoutes } from './staff/routes.js';
import { workRoutes } from './system/work-routes.js';
import { supportToolsRoutes } from './support-tools/routes.js';
import { docsAssets, documentRoute, systemRoutes } from './system/routes.js';
import { ticketingRoutes } from './ticketing/routes.js';
import { timeRoutes } from './time/routes.js';

/** Addresses with a fixed last part come before those with a parameter there. */
export const routes: readonly Route[] = [
  ...systemRoutes,
  documentRoute(() => routes),
  ...workRoutes,
  ...definitionRoutes,
  ...forecastRoutes,
  ...readRoutes,
  ...commandRoutes,
  ...signatureRoutes,
  ...contractRoutes,
  ...remoteAccessRoutes,
  ...handoverRoutes,
  ...contactMatrixRoutes,
  ...supportToolsRoutes,
  ...deskRoutes,
  ...drillRoutes,
  ...calendarRoutes,
  ...policyRoutes,
  ...rotaRoutes,
  ...timeRoutes,
  ...staffRoutes,
  ...keyRoutes,
  ...documentRoutes,
  ...fileRoutes,
  ...mailReportRoutes,
  ...pageRoutes,
  ...ticketingRoutes,
  ...linkRoutes,
  ...accessRoutes,
  ...auditRoutes,
  ...auditListRoutes,
  ...questionRoutes,
  ...operationRoutes,
  ...checkRoutes,
];

export function createApp(deps: Dependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  if (deps.limits.trustedProxies > 0) app.set('trust proxy', deps.limits.trustedProxies);
  app.use(requestLog(deps.log));
  app.use((_request, _response, next) => withPatience(deps.limits.patienceMs, next));
  app.use(measure(deps));
  app.use(headers);
  app.use(perMinute(deps.limits.requestsPerMinute));
  app.use('/docs', docsAssets);
  const links = perMinute(deps.limits.linksPerMinute, 'links');
  const door = createDoor(deps);
  for (const route of routes) {
    const before = [...(route.tag === 'Links' ? [links] : []), ...door(route), bodyReader(route)];
    app[route.method](expressPath(route.path), ...before, handlerOf(route, deps));
  }
  app.use(nothingHere);
  app.use(((error: unknown, request, response, _next) => {
    finish(request, response, replyToError(error, deps.log.child({ requestId: noteOf(request).id })));
  }) satisfies express.ErrorRequestHandler);
  return app;
}

/** `/v1/processes/{id}` is written `/v1/processes/:id` in Express. */
export function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function bodyReader(route: Route): RequestHandler {
  if (route.rawBody !== undefined) return rawBody(route.rawBody);
  if (route.form) return formBody;
  if (route.csv) return jsonOrCsvBody;
  return route.body ? jsonBody : (_request, _response, next) => next();
}

/**
 * Everything that a page of ours needs comes from here, so that the documentation works without a network. No upgrade
 * of requests to https: in development there is none.
 */
const headers = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'", "'unsafe-inline'"],
      'img-src': ["'self'", 'data:'],
      'font-src': ["'self'"],
      'connect-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'none'"],
    },
  },
});

const methodsByPath = new Map<string, { readonly pattern: RegExp; readonly methods: string[] }>();
for (const { path, method } of routes) {
  const known = methodsByPath.get(path);
  if (known) known.methods.push(method.toUpperCase());
  else methodsByPath.set(path, { pattern: patternOf(path), methods: [method.toUpperCase()] });
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}/?$`, 'i');
}

const nothingHere: RequestHandler = (request, response) => {
  const matching = [...methodsByPath.values()].filter(({ pattern }) => pattern.test(request.path));
  const methods = [...new Set(matching.flatMap((one) => one.methods))];
  if (methods.length === 0) {
    finish(request, response, problem('NOT_FOUND', { detail: 'There is no such address; see /docs.' }));
    return;
  }
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ');
  const detail = `This address takes ${allow}.`;
  finish(request, response, problem('METHOD_NOT_ALLOWED', { detail, headers: { allow } }));
};
