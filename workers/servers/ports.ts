// Ports on the loopback address: free ones, and a clear sentence for one that is taken.
import { createServer } from 'node:net';
import { codeOf, StartFailure } from './failure.js';

const LOOPBACK = '127.0.0.1';

/** Of another machine, or a name that nobody knows. */
const NO_SUCH_ADDRESS: readonly string[] = [
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NODATA',
  'EINVAL',
];

/** A port that was free a moment ago. Another process may take it: the caller retries or reports. */
export const freePort = (): Promise<number> => listenOnce(0, LOOPBACK);

/** A wanted port: its number, what it is for, and the variable that changes it. */
export interface WantedPort {
  readonly port: number;
  readonly purpose: string;
  readonly variable: string;
}

/** Ends the start with a sentence when the port is taken or not allowed. */
export const demandFreePort = async (wanted: WantedPort, address: string = LOOPBACK): Promise<void> => {
  try {
    await listenOnce(wanted.port, address);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EADDRINUSE')
      throw new StartFailure(
        78,
        `Port ${wanted.port} (${wanted.purpose}) is taken by another program.`,
        `Stop that program, or set ${wanted.variable} to a free port.`,
        { cause: error },
      );
    if (code === 'EACCES')
      throw new StartFailure(
        78,
        `This account may not listen on port ${wanted.port} (${wanted.purpose}).`,
        `Set ${wanted.variable} to a port above 1023.`,
        { cause: error },
      );
    if (code !== undefined && NO_SUCH_ADDRESS.includes(code))
      throw new StartFailure(
        78,
        `This machine has no address ${address} (${wanted.purpose}).`,
        'Set CAREPLUS_BIND to an address of this machine.',
        { cause: error },
      );
    throw error;
  }
};

const listenOnce = (port: number, address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, address, () => {
      const bound = server.address();
      server.close(() => {
        if (bound === null || typeof bound === 'string') reject(new Error('A TCP server has no port.'));
        else resolve(bound.port);
      });
    });
  });
