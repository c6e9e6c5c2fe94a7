/** A TCP proxy between two parts: passes bytes on, late, in slices, not at all, or cuts the connection. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * What happens to connections, those that are open and those that come.
 * - `pass`: nothing.
 * - `latency`: every piece arrives `ms` later, in order.
 * - `slice`: every piece arrives in parts of at most `bytes` bytes, one event loop turn apart.
 * - `blackhole`: connections stand, new ones are taken, and nothing arrives any more in either direction.
 * - `reset`: open connections are reset, new ones are taken and reset at once.
 * - `refuse`: open connections are reset, and nobody listens.
 */
export type ProxyMode =
  | { readonly kind: 'pass' | 'blackhole' | 'reset' | 'refuse' }
  | { readonly kind: 'latency'; readonly ms: number }
  | { readonly kind: 'slice'; readonly bytes: number };

export interface ProxyCounts {
  /** Connections that were taken. */
  connections: number;
  /** Connections that were reset by a mode. */
  resets: number;
  /** Pieces that came late, in slices, or not at all. */
  disturbed: number;
}

export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** What it did so far: a test of faults asserts that there were some. */
  readonly counts: Readonly<ProxyCounts>;
  /** Resolves once the mode holds for every connection. What a black hole kept back stays lost: its connection is reset. */
  set(mode: ProxyMode): Promise<void>;
  /** The address with the proxy's host and port in place of the target's: `postgres://…`, `smtp://…`, `http://…`. */
  through(url: string): string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Starts a proxy in front of `host:port`. */
export async function startProxy(target: { readonly host?: string; readonly port: number }): Promise<Proxy> {
  const proxy = new RunningProxy(target.host ?? HOST, target.port);
  await proxy.listen();
  return proxy;
}

/** Starts a proxy in front of the host and port of an address such as `postgres://user@127.0.0.1:5432/db`. */
export async function startProxyFor(url: string): Promise<Proxy> {
  const { hostname, port } = new URL(url.includes('://') ? url : `tcp://${url}`);
  return startProxy({ host: hostname, port: Number(port) });
}

class RunningProxy implements Proxy {
  readonly host = HOST;
  port = 0;
  readonly counts: ProxyCounts = { connections: 0, resets: 0, disturbed: 0 };
  private mode: ProxyMode = { kind: 'pass' };
  private readonly pairs = new Set<Pair>();
  private server: Server | undefined;

  constructor(
    private readonly targetHost: string,
    private readonly targetPort: number,
  ) {}

  async listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.take(client));
    server.listen(this.port, HOST);
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
    this.port = address.port;
    this.server = server;
  }

  async set(mode: ProxyMode): Promise<void> {
    const before = this.mode.kind;
    this.mode = mode;
    const cut = mode.kind === 'reset' || mode.kind === 'refuse' || before === 'blackhole';
    if (cut && before !== mode.kind) this.resetAll();
    if (mode.kind === 'refuse') await this.deafen();
    else if (!this.server) await this.listen();
  }

  through(url: string): string {
    if (!url.includes('://')) return `${this.host}:${String(this.port)}`;
    const changed = new URL(url);
    changed.hostname = this.host;
    changed.port = String(this.port);
    return changed.href;
  }

  async close(): Promise<void> {
    for (const pair of this.pairs) pair.reset();
    await this.deafen();
  }

  private async deafen(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  private resetAll(): void {
    this.counts.resets += this.pairs.size;
    for (const pair of this.pairs) pair.reset();
  }

  private take(client: Socket): void {
    this.counts.connections += 1;
    if (this.mode.kind === 'reset') {
      this.counts.resets += 1;
      client.on('error', ignore);
      client.resetAndDestroy();
      return;
    }
    const server = connect({
      host: this.targetHost,
      port: this.targetPort,
      allowHalfOpen: true,
      noDelay: true,
    });
    const pair = new Pair(client, server, () => this.mode, this.counts);
    this.pairs.add(pair);
    pair.gone(() => this.pairs.delete(pair));
  }
}

/** A client and its connection to the target. */
class Pair {
  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly mode: () => ProxyMode,
    private readonly counts: ProxyCounts,
  ) {
    this.pipe(client, server);
    this.pipe(server, client);
  }

  gone(done: () => void): void {
    this.client.once('close', () => {
      this.server.destroy();
      done();
    });
    this.server.once('close', () => {
      if (this.mode().kind !== 'blackhole') this.client.destroy();
    });
  }

  reset(): void {
    for (const socket of [this.client, this.server]) if (!socket.destroyed) socket.resetAndDestroy();
  }

  private pipe(from: Socket, to: Socket): void {
    // Whoever breaks off is heard by `close`; without a listener the error would end the process.
    from.on('error', ignore);
    let last: Promise<void> = Promise.resolve();
    const inOrder = (work: () => Promise<void>): void => {
      last = last.then(work);
    };
    from.on('data', (piece: Buffer) => inOrder(() => this.pass(piece, to)));
    from.on('end', () =>
      inOrder(async () => {
        if (this.mode().kind !== 'blackhole') to.end();
      }),
    );
  }

  private async pass(piece: Buffer, to: Socket): Promise<void> {
    const mode = this.mode();
    if (mode.kind !== 'pass') this.counts.disturbed += 1;
    if (mode.kind === 'latency') await pause(mode.ms);
    const size = mode.kind === 'slice' ? mode.bytes : piece.length;
    for (let at = 0; at < piece.length; at += size) {
      if (this.mode().kind === 'blackhole' || to.destroyed) return;
      const flushed = to.write(piece.subarray(at, at + size));
      if (mode.kind === 'slice') await new Promise((resolve) => setImmediate(resolve));
      if (!flushed && !to.destroyed) await takesMore(to);
    }
  }
}

/** Resolves when it can be written to again, or never will be. */
async function takesMore(to: Socket): Promise<void> {
  const either = new AbortController();
  const { signal } = either;
  // A broken connection rejects both.
  await Promise.race([once(to, 'drain', { signal }), once(to, 'close', { signal })]).catch(ignore);
  either.abort();
}

/** Broken connections are this file's trade. */
function ignore(): void {
  return;
}
