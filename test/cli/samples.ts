/** Answers of the API for one contract and its onboarding; the people and the company are invented. */
import { definitionView } from '../../api/processes/definition-views.js';
import { definitions } from '../../domain/processes.js';
import type { FakeReply, Routes } from './fake-api.js';

export const ONBOARDING = 'onb_0190aaaa000070008000000000000001';
export const CONTRACT = 'con_0190aaaa000070008000000000000002';

const sam = { id: 'sam-rivers', name: 'Sam Rivers' };
const kim = { id: 'kim-field', name: 'Kim Field' };

export const listed = {
  id: ONBOARDING,
  slug: 'onboarding',
  title: 'Onboarding',
  status: 'smAssigned',
  statusLabel: 'Service manager assigned',
  headline: 'CP-2026-0417',
  contractId: 'northwind-2026',
  owner: sam,
  seq: 7,
  openedAt: '2026-11-02T08:00:00.000Z',
};

const late = { dueAt: '2026-11-09T16:00:00.000Z', dueLocal: 'Mon 2026-11-09 17:00 +01:00', overdue: true };
const inTime = { dueAt: '2026-11-30T16:00:00.000Z', dueLocal: 'Mon 2026-11-30 17:00 +01:00', overdue: false };

const firstContact = {
  id: `${ONBOARDING}|firstContact||recordWelcome|`,
  processId: ONBOARDING,
  slug: 'onboarding',
  headline: 'CP-2026-0417',
  label: 'Record the first contact',
  command: 'recordWelcome',
  subject: '',
  missed: true,
  people: [sam, kim],
  ...late,
};

export const processView = {
  ...listed,
  statusSince: '2026-11-03T08:00:00.000Z',
  daysInStatus: 20,
  waitsFor: 'provider',
  data: {
    contractId: 'northwind-2026',
    items: [
      { key: 'contactMatrix', label: 'Contact matrix agreed', phase: 'package', state: 'open' },
      {
        key: 'remoteAccess',
        label: 'Remote access decided',
        phase: 'package',
        process: 'remoteAccess',
        state: 'open',
      },
      {
        key: 'userGuide',
        label: 'User Guide handed over',
        phase: 'package',
        process: 'userGuide',
        state: 'done',
      },
      {
        key: 'testCall',
        label: 'Senior Desk callers listed and test call passed',
        phase: 'live',
        state: 'waiverAsked',
      },
    ],
  },
  clocks: [
    { name: 'firstContact', key: '', label: 'First contact', promise: true, outcome: 'running', ...late },
    { name: 'package', key: '', label: 'Package out', promise: true, outcome: 'running', ...inTime },
    { name: 'live', key: '', label: 'Live', promise: true, outcome: 'running', ...inTime },
  ],
  tasks: [firstContact],
  stages: [
    {
      status: 'new',
      label: 'New',
      enteredAt: '2026-11-02T08:00:00.000Z',
      leftAt: '2026-11-03T08:00:00.000Z',
      days: 1,
    },
    {
      status: 'smAssigned',
      label: 'Service manager assigned',
      enteredAt: '2026-11-03T08:00:00.000Z',
      leftAt: null,
      days: 20,
    },
  ],
};

const today = {
  items: [
    {
      contractId: 'northwind-2026',
      contractNumber: 'CP-2026-0417',
      endUser: 'Northwind Logistics and Forwarding of Northern Europe',
      processId: ONBOARDING,
      slug: 'onboarding',
      stage: 'Service manager assigned',
      daysInStage: 20,
      nextDue: { clock: 'firstContact', label: 'First contact', ...late },
      waitsFor: 'provider',
      owner: sam,
    },
  ],
};

const actions = {
  seq: 7,
  items: [
    {
      command: 'completeItem',
      label: 'Complete an item',
      allowed: true,
      reasons: [],
      people: [sam, kim],
      each: [
        { key: 'contactMatrix', label: 'Contact matrix agreed' },
        { key: 'testCall', label: 'Test call passed' },
      ],
      eachField: 'item',
      example: definitions.onboarding.words.commands['completeItem']?.example,
    },
    {
      command: 'goLive',
      label: 'Declare Live',
      allowed: false,
      reasons: [
        {
          code: 'ONBOARDING_ITEMS_OPEN',
          text: 'Items of the checklist are still open.',
          remedy: 'Settle each one.',
        },
      ],
      people: [sam, kim],
      each: [],
      eachField: null,
      example: null,
    },
  ],
};

const timeline = {
  next: null,
  items: [
    {
      seq: 1,
      event: 'started',
      label: 'Start an onboarding',
      from: null,
      to: 'new',
      actor: sam,
      at: '2026-11-02T08:00:00.000Z',
      atLocal: 'Mon 2026-11-02 09:00 +01:00',
      told: [{ role: 'smManager', notice: 'started', people: [kim] }],
    },
    {
      seq: 2,
      event: 'noted',
      label: 'Add a contact note',
      from: 'new',
      to: 'new',
      actor: sam,
      at: '2026-11-03T08:00:00.000Z',
      atLocal: 'Tue 2026-11-03 09:00 +01:00',
      payload: { text: 'Left a message \u001b[31mfor Maria.' },
      told: [],
    },
  ],
};

const forecast = {
  items: [
    {
      kind: 'notice',
      at: '2026-11-24T16:00:00.000Z',
      sendAt: '2026-11-25T08:00:00.000Z',
      slug: 'onboarding',
      notice: 'stageDue',
      role: 'ownersManager',
      recipient: kim,
      about: 'kickoff//1/manager/0',
    },
  ],
  assumptions: ['Nobody acts, and nothing is reported from outside.'],
  truncated: false,
};

const explanation = {
  clock: 'firstContact',
  label: 'First contact',
  key: '',
  run: 1,
  outcome: 'running',
  startedAt: '2026-11-02T08:00:00.000Z',
  startedLocal: 'Mon 2026-11-02 09:00 +01:00',
  calendar: { id: 'berlin-office', version: 1, zone: 'Europe/Berlin', title: 'Berlin office' },
  policy: { id: 'standard', version: 1, path: 'onboarding.firstContact' },
  pauses: [],
  marks: [
    {
      step: 'due',
      state: 'fired',
      dueAt: late.dueAt,
      dueLocal: late.dueLocal,
      rule: '5 business days',
      lines: [{ kind: 'date', text: 'Starts Mon 2026-11-02 09:00 +01:00: 5 business days' }],
      agrees: true,
    },
  ],
};

export const done: FakeReply = {
  body: {
    processId: ONBOARDING,
    inboxId: 'inb_1',
    outcome: 'accepted',
    status: 'welcomed',
    seq: 8,
    event: 'onboarding.welcomed',
  },
};

/** Everything that can be read. */
export const reads: Routes = {
  'GET /v1/today': { body: today },
  'GET /v1/tasks': { body: { items: [firstContact] } },
  'GET /v1/processes': ({ query }) => ({
    body: { items: query['slug'] === 'onboarding' || !query['slug'] ? [listed] : [], next: null },
  }),
  [`GET /v1/processes/${ONBOARDING}`]: { body: processView },
  [`GET /v1/processes/${ONBOARDING}/actions`]: { body: actions },
  [`GET /v1/processes/${ONBOARDING}/timeline`]: { body: timeline },
  [`GET /v1/processes/${ONBOARDING}/forecast`]: { body: forecast },
  'GET /v1/contracts/northwind-2026/forecast': { body: forecast },
  [`GET /v1/processes/${ONBOARDING}/clocks/firstContact/explain`]: { body: explanation },
  'GET /v1/definitions/onboarding': { body: definitionView(definitions.onboarding) },
};
