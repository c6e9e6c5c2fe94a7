import type { Route } from '../http/route.js'; export const linkRoutes: readonly Route[] = [];
