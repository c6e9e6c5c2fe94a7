/** Writes what follows from the definitions: process pages, error list, schemas. `--check` only compares. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../api/openapi.js';
import { definitions } from '../domain/processes.js';
import { policyJsonSchema } from '../domain/policy/policy-set.js';
import { errorsPage } from './pages/errors-page.js';
import { processPage } from './pages/process-page.js';
import { questionsPage } from './pages/questions-page.js';
import { withSettings } from './pages/settings-table.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const outputs: Readonly<Record<string, string>> = {
  'openapi.json': json(openApiDocument()),
  'docs/policy.schema.json': json(policyJsonSchema()),
  'docs/errors.md': errorsPage(),
  'docs/audit-questions.md': questionsPage(),
  'docs/operations.md': withSettings(readFileSync(join(root, 'docs/operations.md'), 'utf8')),
  ...Object.fromEntries(
    Object.values(definitions).map((definition) => [
      `docs/processes/${definition.words.slug}.md`,
      processPage(definition),
    ]),
  ),
};

const check = process.argv.includes('--check');
const stale = Object.entries(outputs).filter(([path, text]) => {
  const file = join(root, path);
  return !existsSync(file) || readFileSync(file, 'utf8') !== text;
});
for (const [path, text] of stale) {
  process.stdout.write(`${check ? 'out of date' : 'written'}: ${path}\n`);
  if (check) continue;
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
if (check && stale.length > 0) {
  process.stderr.write('Run npm run generate and commit what it writes.\n');
  process.exitCode = 1;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
