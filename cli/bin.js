#!/usr/bin/env node
// Runs the command line straight from the TypeScript sources, from any folder and without a build.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

const installed = () => {
  try {
    return require.resolve('tsx/esm/api') !== '';
  } catch (error) {
    if (error?.code === 'MODULE_NOT_FOUND') return false;
    throw error;
  }
};

if (!installed()) {
  process.stderr.write('Care Plus is not installed yet. Run: npm install\n');
  process.exit(78);
}
const { register } = await import('tsx/esm/api');
// Without this the loader would read whatever tsconfig.json lies in the caller's folder.
register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) });
const { main } = await import('./main.ts');
await main();
