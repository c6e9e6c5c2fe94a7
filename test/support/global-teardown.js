// Jest loads its global files without the rules for imports that tests have: tsx loads the TypeScript instead.
import { tsImport } from 'tsx/esm/api';

export default async function globalTeardown() {
  const { finishRun } = await tsImport('./global-run.ts', import.meta.url);
  await finishRun();
}
