/** Loads the demonstration through the API, as a person would: each step once, so that it can be repeated or broken off. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const AUTHOR = 'kim-field';
const APPROVER = 'dana-hill';
const CALENDARS = ['berlin-office', 'new-york-office', 'round-the-clock'];
const CONTRACTS = ['tailspin-2026', 'alder-2026'];

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Loads Provider, calendars, policy, User Guide and two End Users; false when it stands, or other people use this installation. */
export async function loadDemo(apiUrl: string): Promise<boolean> {
  const call = caller(apiUrl);
  const last = await call('GET', `/v1/contracts/${CONTRACTS.at(-1) ?? ''}`, null, AUTHOR, [401, 404]);
  if (last.status === 200) return false;
  const staff = await call('PUT', '/v1/staff', example('provider.yaml'), AUTHOR, [401, 403]);
  if (staff.status >= 400) return false;
  for (const id of CALENDARS) await approved(call, 'calendars', example(`calendars/${id}.yaml`), id);
  await approved(call, 'policies', example('policies/standard.yaml'), 'standard');
  const body = text('user-guide.en.md');
  const guide = { documentId: 'user-guide', version: 1, language: 'en', title: 'Support User Guide', body };
  await call('POST', '/v1/documents', guide, AUTHOR);
  for (const id of CONTRACTS) await importContract(call, id);
  return true;
}

type Call = ReturnType<typeof caller>;

/** Author and approver differ, as for every change of a calendar or policy. */
async function approved(
  call: Call,
  kind: 'calendars' | 'policies',
  file: unknown,
  id: string,
): Promise<void> {
  const { body } = await call('POST', `/v1/${kind}`, file, AUTHOR);
  await call(
    'POST',
    `/v1/${kind}/${id}/versions/${JSON.stringify(body['version'])}/approve`,
    {},
    APPROVER,
    [409],
  );
}

async function importContract(call: Call, id: string): Promise<void> {
  const file = example(`contracts/${id}.yaml`);
  const { body } = await call('POST', '/v1/contracts', { file }, AUTHOR);
  const processId = String(body['processId']);
  const registered = new Date().toISOString().slice(0, 10);
  await call(
    'POST',
    `/v1/processes/${processId}/commands/activate`,
    { portalRegisteredOn: registered },
    AUTHOR,
  );
}

function caller(apiUrl: string) {
  return async (
    method: string,
    path: string,
    body: unknown,
    as: string,
    expected: readonly number[] = [],
  ): Promise<Reply> => {
    const response = await fetch(new URL(path, apiUrl), {
      method,
      headers: {
        'content-type': 'application/json',
        'x-careplus-as': as,
        'idempotency-key': `demo:${method}:${path}:${JSON.stringify(body).length.toString(36)}`,
      },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const reply: unknown = await response.json();
    if (!response.ok && !expected.includes(response.status)) {
      throw new Error(`The demonstration was refused at ${method} ${path}: ${JSON.stringify(reply)}`);
    }
    return { status: response.status, body: reply as Reply['body'] };
  };
}

function example(path: string): unknown {
  return parse(text(path));
}

function text(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../examples/${path}`, import.meta.url)), 'utf8');
}
