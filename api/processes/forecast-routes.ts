import type { Route } from '../http/route.js'; export const forecastRoutes: readonly Route[] = [];
