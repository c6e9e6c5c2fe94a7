/** T14, the replay gate: today's workflows take every recorded path, and a breaking edit would be noticed. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { bundleText, workflowBundle, WORKFLOWS } from './bundle.js';
import { DOMAIN_MARKER } from './errand.js';
import { recordedHistories } from './histories.js';
import './bench.js';

const ROOT = dirname(dirname(WORKFLOWS));
const recorded = recordedHistories();

/** Edits that change the order or the kind of what a runner asks for. */
const EDITS = [
  {
    name: 'a timer before the first step',
    from: '  async run(): Promise<void> {',
    to: '  async run(): Promise<void> {\n    await condition(() => false, 1000);',
  },
  {
    name: 'another activity',
    from: 'tenantId: this.input.tenantId, effectId, now: Date.now() };',
    to: 'tenantId: this.input.tenantId, effectId, now: Date.now() };\n    kind = "tellProcess";',
  },
  { name: 'effects after the wait', from: '      if (!ending) this.startEffects(report);', to: '' },
  { name: 'a run that never continues', from: 'return continueAsNewSuggested || ', to: 'return false && ' },
];

async function differences(
  workflowBundle_: WorkflowBundle | { codePath: string },
): Promise<readonly string[]> {
  const found: string[] = [];
  const histories = recorded.map(({ name, history }) => ({ workflowId: name, history }));
  const results = Worker.runReplayHistories({ workflowBundle: workflowBundle_ }, histories);
  for await (const result of results) if (result.error) found.push(result.workflowId);
  return found;
}

describe('the replay gate', () => {
  it('has a history of every workflow type, of ended and of unfinished ones', async () => {
    const exported = [...readFileSync(WORKFLOWS, 'utf8').matchAll(/export \{ (\w+)Workflow \}/g)].map(
      ([, name]) => name,
    );
    expect(exported.length).toBeGreaterThan(0);
    for (const name of exported) expect(recorded.some((one) => one.name.startsWith(`${name}-`))).toBe(true);
    const last = recorded.map(({ history }) => history.events?.at(-1));
    expect(last.some((event) => event?.workflowExecutionCompletedEventAttributes)).toBe(true);
    expect(last.some((event) => !event?.workflowExecutionCompletedEventAttributes)).toBe(true);
  });

  it('finds no difference between the recorded histories and the code of today', async () => {
    expect(await differences(await workflowBundle())).toEqual([]);
  }, 60_000);

  it.each(EDITS)(
    'notices a breaking edit: $name',
    async ({ from, to }) => {
      const folder = mkdtempSync(join(tmpdir(), 'careplus-edit-'));
      try {
        cpSync(join(ROOT, 'workflows'), join(folder, 'workflows'), { recursive: true });
        symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
        const runner = join(folder, 'workflows', 'runner.ts');
        const source = readFileSync(runner, 'utf8');
        expect(source).toContain(from);
        writeFileSync(runner, source.replace(from, to));
        const edited = await bundleWorkflowCode({
          workflowsPath: join(folder, 'workflows', 'index.ts'),
          logger: new DefaultLogger('ERROR'),
        });
        expect((await differences(edited)).length).toBeGreaterThan(0);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    60_000,
  );
});

describe('the bundle of the workflows', () => {
  it('holds no code of the domain and nothing that reads a store', async () => {
    const text = await bundleText();
    expect(text).toContain('onboardingWorkflow');
    const kernel = readFileSync(join(ROOT, 'domain', 'kernel', 'refusals.ts'), 'utf8');
    expect(kernel).toContain('No rule covers this command');
    for (const marker of [DOMAIN_MARKER, 'No rule covers this command', 'temporal-polyfill', 'zod'])
      expect(text).not.toContain(marker);
  });
});
