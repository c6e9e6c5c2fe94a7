/** Every refusal of a hand-over, and of a contract because of one, with a case that reaches it. */
import type { Answer } from '../../domain/kernel/store.js';
import { exampleContract } from '../support/world.js';
import { absence, aHandover, ask, begun, ENDS, GROUP, HANDOVER, leaves, taken } from './journeys-handover.js';
import { anActiveContract, KIM, ROBIN, SAM, STRANGER, unstaffed } from './journeys.js';

type Case = readonly [string, () => Promise<Answer | null>];

const AT = '2026-11-24T10:00:00Z';

export function handoverRefusals(): readonly Case[] {
  const refused = async (payload: Record<string, unknown>, actor = KIM) =>
    ask(await anActiveContract(), payload, actor);
  return [
    ['HANDOVER_SAME_PERSON', () => refused({ ...leaves, to: SAM })],
    ['HANDOVER_NOT_A_SERVICE_MANAGER', () => refused({ ...leaves, from: STRANGER })],
    ['HANDOVER_NOT_A_SERVICE_MANAGER', () => refused({ ...leaves, from: 'nobody-known' })],
    ['HANDOVER_UNKNOWN_SUCCESSOR', () => refused({ ...leaves, to: STRANGER })],
    ['HANDOVER_UNKNOWN_SUCCESSOR', () => refused({ ...leaves, to: 'nobody-known' })],
    ['HANDOVER_NOT_YOURS', () => refused(leaves, ROBIN)],
    ['HANDOVER_END_MISSING', () => refused({ ...leaves, kind: 'absence' })],
    ['HANDOVER_END_MISSING', () => refused({ ...leaves, until: ENDS })],
    ['HANDOVER_END_NOT_AFTER', () => refused({ ...absence, until: absence.effectiveAt })],
    [
      'HANDOVER_END_NOT_AFTER',
      () => refused({ ...absence, effectiveAt: '2026-11-02T08:00:00Z', until: '2026-11-16T08:00:00Z' }),
    ],
    ['HANDOVER_ALREADY_AWAY', async () => ask(await begun(absence), leaves, KIM, 'hnd_2')],
    [
      'HANDOVER_ALREADY_AWAY',
      async () => {
        const world = await aHandover(absence);
        const later = { ...absence, effectiveAt: ENDS, until: '2026-12-22T08:00:00Z' };
        await ask(world, later, KIM, 'hnd_2');
        const payload = { until: '2026-12-16T08:00:00Z', reason: 'Ill.' };
        return world.command(HANDOVER, 'changeEnd', payload, '2026-11-23T10:00:00Z', KIM);
      },
    ],
    [
      'HANDOVER_SUCCESSOR_AWAY',
      async () => ask(await aHandover(absence), { ...leaves, from: ROBIN, to: SAM }, KIM, 'hnd_2'),
    ],
    [
      'HANDOVER_SUCCESSOR_AWAY',
      async () => {
        const world = await begun({ ...leaves, to: null });
        await ask(world, { ...leaves, from: ROBIN, to: null }, KIM, 'hnd_2');
        return world.command(HANDOVER, 'assign', { group: GROUP, personId: ROBIN }, AT, KIM);
      },
    ],
    [
      'HANDOVER_UNKNOWN_SUCCESSOR',
      async () => (await begun()).command(HANDOVER, 'assign', { group: GROUP, personId: STRANGER }, AT, KIM),
    ],
    [
      'HANDOVER_UNKNOWN_GROUP',
      async () => (await begun()).command(HANDOVER, 'accept', { group: 'contoso' }, AT, ROBIN),
    ],
    [
      'HANDOVER_NOT_WAITING',
      async () => (await taken()).command(HANDOVER, 'accept', { group: 'all' }, AT, ROBIN),
    ],
    [
      'HANDOVER_NOT_TAKEN',
      async () =>
        (await begun()).command(HANDOVER, 'recordTold', { group: GROUP, evidence: 'Phoned.' }, AT, KIM),
    ],
    ['HANDOVER_NOT_AN_ABSENCE', async () => (await begun()).command(HANDOVER, 'endAbsence', {}, AT, SAM)],
    [
      'CONTRACT_AWAY',
      async () => {
        const world = await begun();
        return world.command('con_1', 'assignManager', { personId: SAM }, AT, KIM);
      },
    ],
    [
      'CONTRACT_AWAY',
      async () => {
        const world = await anActiveContract(unstaffed());
        await ask(world, { ...absence, to: null });
        await world.runTo(AT);
        return world.command('con_1', 'assignBackup', { personId: SAM }, AT, KIM);
      },
    ],
    [
      'CONTRACT_AWAY',
      async () => {
        const world = await begun(absence);
        await world.command('con_1', 'terminate', { reason: 'Over.' }, AT, KIM);
        return world.start('contract', 'con_2', exampleContract(), AT);
      },
    ],
  ];
}
