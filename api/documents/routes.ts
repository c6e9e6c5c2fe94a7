import type { Route } from '../http/route.js'; export const documentRoutes: readonly Route[] = [];
