/**
 * Which network addresses a request to somebody else's address may go to: public ones. Networks of the machine itself,
 * of the house and of the cloud's own services are refused unless the installation allows them by name.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Special-purpose IPv4 networks (IANA registry), and the address under which one cloud keeps its own services. */
const NOT_PUBLIC_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** The only IPv6 network that is public, and what in it is not: protocol assignments, documentation, 6to4. */
const PUBLIC_6 = '2000::/3';
const NOT_PUBLIC_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

export type Resolved =
  { readonly ok: true; readonly address: Address } | { readonly ok: false; readonly problem: string };

export type Resolve = (host: string) => Promise<readonly Address[]>;

/** Resolves a host once; every address that it has must be allowed, since any of them may be taken. */
export function addressGuard(
  allowed: readonly string[],
  resolve: Resolve = byName,
): (host: string) => Promise<Resolved> {
  const refused = listOf([...NOT_PUBLIC_4, ...NOT_PUBLIC_6]);
  const public6 = listOf([PUBLIC_6]);
  const excepted = listOf(allowed);
  const may = ({ address, family }: Address) => {
    const type = family === 4 ? 'ipv4' : 'ipv6';
    if (excepted.check(address, type)) return true;
    return !refused.check(address, type) && (family === 4 || public6.check(address, type));
  };
  return async (host) => {
    const bare = host.replace(/^\[|\]$/g, '');
    const family = isIP(bare);
    const found = family === 4 || family === 6 ? [{ address: bare, family } as const] : await resolve(bare);
    const [first] = found;
    if (!first) return { ok: false, problem: 'the name of the host is not known' };
    if (!found.every(may)) return { ok: false, problem: 'the host is not a public address' };
    return { ok: true, address: first };
  };
}

async function byName(host: string): Promise<readonly Address[]> {
  try {
    const found = await lookup(host, { all: true, verbatim: true });
    return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
