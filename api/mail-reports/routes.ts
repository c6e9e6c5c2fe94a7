import type { Route } from '../http/route.js'; export const mailReportRoutes: readonly Route[] = [];
