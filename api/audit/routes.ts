import type { Route } from '../http/route.js'; export const auditRoutes: readonly Route[] = [];
