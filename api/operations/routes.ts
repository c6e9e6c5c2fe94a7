import type { Route } from '../http/route.js'; export const operationRoutes: readonly Route[] = [];
