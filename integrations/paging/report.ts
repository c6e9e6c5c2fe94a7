/** Delivery reports of the gateway: Standard Webhooks in, read only after their signature has been checked. */
import { z } from 'zod';
import { isSignedWith } from '../webhooks/signed.js';
import { parsed } from './http.js';
import type { PageReportReader } from './port.js';

const reportSchema = z.object({
  key: z.string().min(1).max(100),
  status: z.enum(['delivered', 'failed']),
  at: z.iso.datetime({ offset: true }),
});

export function pageReportReader(secret: string): PageReportReader {
  return (signed) => {
    if (!isSignedWith([secret], signed)) return { kind: 'unsigned' };
    const read = reportSchema.safeParse(parsed(signed.raw.toString('utf8')));
    if (!read.success) return { kind: 'unreadable', problem: 'it names no message, status and instant' };
    const { at, ...rest } = read.data;
    return { kind: 'report', report: { id: signed.id ?? '', ...rest, at: Date.parse(at) } };
  };
}
