/** Signing by somebody who has come in as himself: the same evidence as by the link of a message. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { readProcessHead } from '../../db/read/process.js';
import { signedText } from '../../domain/signature/words.js';
import { notFound, problem } from '../http/problems.js';
import { person, route } from '../http/route.js';
import { idParams } from '../http/schemas.js';
import { acceptedOut, outcomeOut, submittedReply } from '../processes/answers.js';
import { kindOf } from '../processes/kinds.js';
import { isSignature, submitSignature } from './sign.js';

const sign = route({
  method: 'post',
  path: '/v1/processes/{id}/signatures',
  tag: 'Commands',
  summary: 'Sign a text of a process',
  description:
    'The text is named by its title, version and SHA-256, as the process shows it. The typed name, the network address and the time are kept as evidence; the event holds its hash.',
  access: person,
  scope: 'command',
  params: idParams,
  body: signedText.extend({
    command: z.string().max(60).default('sign').describe('`sign`, or `counterSign` for the Provider'),
    typedName: z.string().trim().min(1).max(200).describe('The name of the person who signs'),
  }),
  key: true,
  refusals: true,
  problems: [
    'NOT_FOUND',
    'NOTHING_TO_SIGN',
    'OTHER_NAME',
    'IDEMPOTENCY_KEY_REUSED',
    'SKIPPED',
    'PROCESS_BUSY',
  ],
  answers: {
    200: { description: 'Signed', schema: outcomeOut },
    202: { description: 'Accepted; not answered within 5 seconds', schema: acceptedOut },
  },
  example: {
    title: 'Agreement on remote access',
    version: 1,
    sha256: 'a'.repeat(64),
    command: 'sign',
    typedName: 'Maria Stone',
  },
  handle: async ({ caller, params, body, idempotencyKey, ip }, deps) => {
    const head = await readProcessHead(deps.database, caller.id, params.id);
    const definition = head && kindOf(head.slug);
    if (!head || !definition) return notFound();
    const { command, typedName, ...text } = body;
    if (!isSignature(definition, command)) return problem('NOTHING_TO_SIGN');
    const submitted = await submitSignature(deps, {
      tenantId: head.tenantId,
      processId: head.id,
      definition,
      command,
      text,
      signer: { id: caller.id, name: caller.name },
      typedName,
      ip,
      idempotencyKey: idempotencyKey ?? `signature:${randomUUID()}`,
    });
    return submitted.kind === 'otherName' ? problem('OTHER_NAME') : submittedReply(submitted, 200);
  },
});

export const signatureRoutes = [sign];
