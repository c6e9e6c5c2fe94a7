/** docs/operations.md says what the installation has: every alert a runbook, every setting a line, every job a row. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { createSystemJobs, type SystemJobDependencies } from '../../activities/jobs/system-jobs.js';
import { RULES } from '../../config/environment-rules.js';
import { withSettings } from '../../scripts/pages/settings-table.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}docs/operations.md`, 'utf8');

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
}

describe('the page for operators', () => {
  it('has a runbook for every alert, and for no other', () => {
    const rules = parse(readFileSync(`${root}deploy/alerts.yaml`, 'utf8')) as Rules;
    const alerts = rules.groups.flatMap((group) => group.rules.map((rule) => rule.alert));
    const runbooks = [...page.matchAll(/^### (Careplus\w+)$/gm)].map((match) => match[1]);
    expect(runbooks.sort()).toEqual(alerts.sort());
    for (const alert of alerts) {
      const text = page.split(`### ${alert}\n`)[1]?.split('\n### ')[0] ?? '';
      expect({ alert, look: /\*\*Look:\*\* \S/.test(text), act: /\*\*Do:\*\* \S/.test(text) }).toEqual({
        alert,
        look: true,
        act: true,
      });
    }
  });

  it('lists every setting, as the programs check it', () => {
    expect(withSettings(page)).toBe(page);
    for (const name of Object.keys(RULES)) expect(page).toContain(`| \`${name}\``);
  });

  it('shows no folder of the machine that wrote it', () => {
    expect(page).not.toContain(root);
    expect(page).not.toMatch(/\/(home|root|work|Users)\//);
  });

  it('names every system job with its interval', () => {
    // Nothing is run: the list alone is looked at.
    const deps = { registry: { definitions: {} }, outside: {} } as unknown as SystemJobDependencies;
    for (const { name, everyMs } of createSystemJobs(deps)) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` `));
      expect(row).toContain(`${String(everyMs / 60_000)} minutes`);
    }
  });
});
