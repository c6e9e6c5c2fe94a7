/** What a policy set says about pages: by which channels people are reached, how soon, and how often (service spec §4.16). */
import { z } from 'zod';

export const CHANNELS = ['sms', 'voice', 'chat', 'mail'] as const;
export type Channel = (typeof CHANNELS)[number];

const order = z
  .array(z.enum(CHANNELS))
  .min(1)
  .refine((channels) => new Set(channels).size === channels.length, 'a channel stands twice');

export const pagingPolicy = z.strictObject({
  channels: z
    .strictObject({ provider: order, endUser: order })
    .describe(
      'In which order the channels of a person are tried; those that he does not have are passed over',
    ),
  tryLimitSeconds: z
    .int()
    .min(1)
    .max(9)
    .describe('A try that has no answer by then counts as unknown, and the next channel is tried at once'),
  nextChannelSeconds: z
    .int()
    .min(5)
    .max(3600)
    .describe('After a try that went out: when the next channel is tried unless the page was acknowledged'),
  againSeconds: z
    .int()
    .min(30)
    .max(86_400)
    .describe('After its first try: when a page that nobody acknowledged is sent again on every channel'),
  times: z.int().min(1).max(20).describe('How often it is sent in all'),
});
export type PagingPolicy = z.infer<typeof pagingPolicy>;
