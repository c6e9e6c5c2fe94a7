/** A real OpenID Connect issuer in this process, and tokens that differ from its good ones in one thing each. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import Provider from 'oidc-provider';

export const AUDIENCE = 'https://care.provider.example';
const SECRET = 'a client secret of the tests, long enough';

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function signingKey(kid: string, alg: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export interface Issuer {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** Keys that it publishes; it signs with the first. */
  readonly keys: readonly SigningKey[];
  /** An access token as the issuer itself makes it, by client credentials; its subject is the client. */
  readonly token: (clientId: string) => Promise<string>;
  /** How often somebody asked for its keys. */
  readonly asked: () => number;
  readonly stop: () => Promise<void>;
  /** At the same address as before. */
  readonly startAgain: () => Promise<void>;
}

/** Starts an issuer whose clients are the subjects given. */
export async function startIssuer(
  subjects: readonly string[],
  algorithms: readonly string[],
): Promise<Issuer> {
  const keys = await Promise.all(algorithms.map((alg) => signingKey(`key-${alg}`, alg)));
  const server = createServer();
  const port = await listen(server, 0);
  const issuer = `http://127.0.0.1:${String(port)}`;
  const provider = await providerAt(issuer, subjects, keys);
  let asked = 0;
  const handle = provider.callback();
  const attach = (to: Server) =>
    to.on('request', (request, response) => {
      if (request.url === '/jwks') asked += 1;
      void handle(request, response);
    });
  attach(server);
  let running = server;
  return {
    issuer,
    jwksUrl: `${issuer}/jwks`,
    keys,
    token: (clientId) => askToken(issuer, clientId),
    asked: () => asked,
    stop: () => close(running),
    startAgain: async () => {
      running = attach(createServer());
      await listen(running, port);
    },
  };
}

async function providerAt(
  issuer: string,
  subjects: readonly string[],
  keys: readonly SigningKey[],
): Promise<Provider> {
  const jwks = await Promise.all(
    keys.map(async ({ privateKey, kid, alg }) => ({
      ...(await exportJWK(privateKey)),
      kid,
      alg,
      use: 'sig',
    })),
  );
  return new Provider(issuer, {
    clients: subjects.map((id) => ({
      client_id: id,
      client_secret: SECRET,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    jwks: { keys: jwks },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'care',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt' as const,
          accessTokenTTL: 600,
          jwt: { sign: { alg: (keys[0]?.alg ?? 'RS256') as 'RS256' } },
        }),
      },
    },
  });
}

async function askToken(issuer: string, clientId: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${encodeURIComponent(SECRET)}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE }),
  });
  const body = (await response.json()) as { access_token?: string };
  if (!body.access_token) throw new Error(`The issuer gave no token: ${JSON.stringify(body)}`);
  return body.access_token;
}

export interface Made {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly key?: SigningKey;
}

/** A token as the issuer would sign it, but for what is given; a member that is undefined is left out. */
export async function craft({ issuer, keys }: Issuer, subject: string, made: Made = {}): Promise<string> {
  const key = made.key ?? keys[0];
  if (!key) throw new Error('The issuer has no key.');
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: issuer,
    aud: AUDIENCE,
    sub: subject,
    client_id: subject,
    iat: now,
    exp: now + 300,
    jti: 'x1',
  };
  const header = { alg: key.alg, kid: key.kid, typ: 'at+jwt', ...made.header };
  return new SignJWT(without({ ...payload, ...made.payload }))
    .setProtectedHeader(without(header) as typeof header)
    .sign(key.privateKey);
}

function without(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** Members put into a token without signing it anew. */
export function tampered(token: string, part: 0 | 1, members: Readonly<Record<string, unknown>>): string {
  const parts = token.split('.');
  const read = JSON.parse(Buffer.from(parts[part] ?? '', 'base64url').toString('utf8')) as object;
  parts[part] = Buffer.from(JSON.stringify(without({ ...read, ...members }))).toString('base64url');
  return parts.join('.');
}

export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

export function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
