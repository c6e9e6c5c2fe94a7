/** A case for each refusal of the web support tools. */
import type { TestWorld } from '../support/world.js';
import { aContract, JAN, KIM, MARIA, SAM } from './journeys.js';
import { act, inService, PLAN, plannedIn, provisioned, someTools } from './journeys-support-tools.js';

const AT = '2026-11-26T10:00:00Z';
const HELD = { heldAt: AT, attendees: [MARIA], recording: 'Archive 4711' };

const refused =
  (journey: () => Promise<TestWorld>, command: string, payload: Record<string, unknown>, actor = SAM) =>
  async () =>
    act(await journey(), command, payload, AT, actor);
const start = async (world: TestWorld, id: string) =>
  world.start('supportTools', id, { contractId: 'northwind-2026' }, AT);
const planned = () => plannedIn(someTools);

export const supportToolsRefusals: readonly (readonly [
  string,
  () => Promise<{ code?: string; outcome: string } | null>,
])[] = [
  ['SUPPORT_TOOLS_CONTRACT_NOT_ACTIVE', async () => start(await aContract(), 'tls_1')],
  ['SUPPORT_TOOLS_ALREADY_RUNNING', async () => start(await someTools(), 'tls_2')],
  [
    'SUPPORT_TOOLS_PORTAL_LINKED',
    async () => {
      const world = await someTools();
      await act(world, 'linkPortal', { evidence: 'Listed.' }, AT);
      return act(world, 'linkPortal', { evidence: 'Listed.' }, AT);
    },
  ],
  [
    'SUPPORT_TOOLS_NOT_SERVED',
    refused(someTools, 'requestAccount', { people: ['noor-dale'], tools: ['collector'] }),
  ],
  ['SUPPORT_TOOLS_UNKNOWN_TOOL', refused(someTools, 'requestAccount', { people: [MARIA], tools: ['cake'] })],
  [
    'SUPPORT_TOOLS_ACCOUNT_KNOWN',
    refused(someTools, 'requestAccount', { people: [MARIA], tools: ['caseManager'] }),
  ],
  [
    'SUPPORT_TOOLS_TOOL_KNOWN',
    refused(someTools, 'addTool', { key: 'caseManager', label: 'Cases', accounts: 'onRequest' }),
  ],
  [
    'SUPPORT_TOOLS_ACCOUNT_NOT_THERE',
    refused(someTools, 'recordLogin', { accounts: [{ person: MARIA, tools: ['caseManager'] }] }),
  ],
  [
    'SUPPORT_TOOLS_ACCOUNT_NOT_THERE',
    refused(someTools, 'recordProvisioned', {
      accounts: [{ person: MARIA, tools: ['caseManager', 'collector'], login: 'mstone' }],
    }),
  ],
  [
    'SUPPORT_TOOLS_SHARED_LOGIN',
    refused(someTools, 'recordProvisioned', {
      accounts: [
        { person: MARIA, login: 'northwind' },
        { person: JAN, login: 'Northwind' },
      ],
    }),
  ],
  ['SUPPORT_TOOLS_NOT_YOUR_ACCOUNT', refused(provisioned, 'confirmLogin', { person: MARIA }, JAN)],
  ['SUPPORT_TOOLS_PLANNED', refused(planned, 'planWalkthrough', PLAN)],
  ['SUPPORT_TOOLS_NONE_PLANNED', refused(inService, 'cancelWalkthrough', { reason: 'Not now.' })],
  [
    'SUPPORT_TOOLS_NONE_PLANNED',
    refused(someTools, 'recordWalkthrough', { attendees: [MARIA], recording: 'None made.' }),
  ],
  [
    'SUPPORT_TOOLS_START_IN_PAST',
    refused(someTools, 'planWalkthrough', { ...PLAN, startsAt: '2026-11-26T10:00:00Z' }),
  ],
  [
    'SUPPORT_TOOLS_NOT_HELD_YET',
    refused(planned, 'recordWalkthrough', { attendees: [MARIA], recording: 'None made.' }),
  ],
  [
    'SUPPORT_TOOLS_UNKNOWN_PERSON',
    refused(someTools, 'recordWalkthrough', { ...HELD, attendees: [MARIA, 'nobody'] }),
  ],
  ['SUPPORT_TOOLS_UNKNOWN_PERSON', refused(someTools, 'planWalkthrough', { ...PLAN, invitees: ['nobody'] })],
  [
    'SUPPORT_TOOLS_NO_CALLER_ATTENDED',
    refused(someTools, 'recordWalkthrough', { ...HELD, attendees: [SAM, KIM] }),
  ],
];
