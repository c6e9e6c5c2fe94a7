/** Problems of a schema as places in what was sent. */
import type { z } from 'zod';
import type { Place } from './problems.js';

/** Every problem of a schema with its place. An unknown field is its own place. */
export function places(error: z.ZodError): readonly Place[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: path === '' ? key : `${path}.${key}`,
        problem: 'is not a field here',
      }));
    }
    return [{ path: path || '(whole)', problem: issue.message }];
  });
}
