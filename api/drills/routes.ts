/** Fire drills: what one has measured, by person and by channel. Started and ended like every other process. */
import { z } from 'zod';
import { readSent } from '../../db/drill/read.js';
import { readNames } from '../../db/read/forecast.js';
import { readProcess } from '../../db/read/process.js';
import { drillRules } from '../../domain/drill/rules.js';
import { drill, drillData } from '../../domain/drill/words.js';
import { measured } from '../../domain/drill/report.js';
import { CHANNELS } from '../../domain/paging/policy.js';
import { iso } from '../http/instants.js';
import { notFound } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { route, staff } from '../http/route.js';
import { idParams, instantOut, personOf, personOut } from '../http/schemas.js';
import { statusWords } from '../processes/views.js';

const channel = z.enum(CHANNELS);
const reached = z.enum(['delivered', 'accepted', 'unknown', 'nobody']);
const seconds = z.int().describe('After the page that was acknowledged was decided');
const answer = z.object({ by: personOut, at: instantOut });

const report = route({
  method: 'get',
  path: '/v1/drills/{id}',
  tag: 'Pages',
  summary:
    'What a fire drill has measured: who was reached by which channel, who acknowledged after how long',
  description:
    'Also while it runs. `accepted`: the gateway or the mail server took it and has reported nothing yet; `nobody`: every try failed.',
  access: staff(...drill.start.grants, 'seniorDesk', 'auditor'),
  params: idParams,
  answers: {
    200: {
      description: 'As it stands now',
      schema: z.object({
        id: z.string(),
        contractId: z.string(),
        contractNumber: z.string(),
        status: z.string(),
        statusLabel: z.string(),
        startedAt: instantOut,
        startedBy: personOut.nullable(),
        ended: z
          .object({
            at: instantOut,
            how: drillData.shape.ended.unwrap().shape.how,
            by: personOut.nullable(),
          })
          .nullable(),
        desk: answer.nullable().describe('Who acknowledged for the desk; its ladder ended there'),
        levels: z.array(
          z.object({
            level: z.string(),
            at: instantOut,
            people: z.array(personOut),
            acknowledged: z.array(answer),
          }),
        ),
        people: z.array(
          z.object({
            person: personOut,
            reached: z.union([reached, z.literal('waiting')]),
            acknowledged: z
              .object({ channel: channel.nullable(), afterSeconds: seconds })
              .nullable()
              .describe('The first one; without a channel it was not by the link of a message'),
            channels: z.array(z.object({ channel, triedAt: instantOut, outcome: reached })),
          }),
        ),
        channels: z
          .array(
            z.object({
              channel,
              tried: z.int(),
              delivered: z.int(),
              accepted: z.int(),
              failed: z.int(),
              unknown: z.int(),
              acknowledged: z.int(),
            }),
          )
          .describe('People, by the best outcome of each channel with them'),
        notReached: z.array(personOut),
      }),
    },
  },
  handle: async ({ caller, params }, deps) => {
    const process = await readProcess(deps.database, caller.id, params.id);
    if (process?.slug !== drill.slug) return notFound();
    const read = drillData.safeParse(process.data);
    if (!read.success) return notFound();
    const { data } = read;
    const { people, channels, notReached } = measured(await readSent(deps.database, caller.id, process.id));
    const names = await readNames(deps.database, caller.id, [
      ...people.map(({ personId }) => personId),
      ...data.levels.flatMap((one) => [...one.people, ...one.acknowledged.map(({ by }) => by)]),
      ...[data.startedBy, data.ended?.by, data.desk?.by].filter((id) => typeof id === 'string'),
    ]);
    const who = (id: string | null) => (id === null ? null : personOf(id, names));
    const answered = ({ by, at }: { readonly by: string; readonly at: number }) => ({
      by: personOf(by, names),
      at: iso(at),
    });
    return ok({
      id: process.id,
      contractId: data.contractId,
      contractNumber: data.contractNumber,
      status: process.status,
      statusLabel: statusWords(drillRules.words, process.status).statusLabel,
      startedAt: iso(data.startedAt),
      startedBy: who(data.startedBy),
      ended: data.ended && { ...data.ended, at: iso(data.ended.at), by: who(data.ended.by) },
      desk: data.desk && answered(data.desk),
      levels: data.levels.map(({ level, at, people: paged, acknowledged }) => ({
        level,
        at: iso(at),
        people: paged.map((id) => personOf(id, names)),
        acknowledged: acknowledged.map(answered),
      })),
      people: people.map(({ personId, acknowledged, channels: tried, ...one }) => ({
        ...one,
        person: personOf(personId, names),
        acknowledged: acknowledged && {
          channel: acknowledged.channel,
          afterSeconds: Math.round(acknowledged.afterMs / 1000),
        },
        channels: tried.map(({ triedAt, ...rest }) => ({ ...rest, triedAt: iso(triedAt) })),
      })),
      channels,
      notReached: notReached.map((id) => personOf(id, names)),
    });
  },
});

export const drillRoutes = [report];
