import type { Route } from '../http/route.js'; export const timeRoutes: readonly Route[] = [];
