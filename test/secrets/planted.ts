/**
 * Forty texts with a secret in each, and the detector that must find it. All are invented; the prefixes that scanners of
 * repositories look for are put together here, so that nobody takes this file for a leak.
 */
const join = (...parts: readonly string[]) => parts.join('');
const begin = (kind: string) => join('-----BEG', 'IN ', kind, '-----');
const HEX = '0123456789abcdef'.repeat(4);
const MIXED = 'Zx9Qw8Er7Ty6Ui5Op4As3Df2Gh1Jk0LzXcVbNmQw';

export const planted: readonly (readonly [detector: string, text: string])[] = [
  ['privateKey', `${begin('PRIVATE KEY')}\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC`],
  ['privateKey', `For the jump host:\n${begin('RSA PRIVATE KEY')}\nMIIEpAIBAAKCAQEA`],
  ['privateKey', `${begin('OPENSSH PRIVATE KEY')} b3BlbnNzaC1rZXktdjEAAAAA`],
  ['privateKey', `${begin('EC PRIVATE KEY')}\nMHcCAQEEIIGl`],
  ['privateKey', `${begin('ENCRYPTED PRIVATE KEY')}\nMIIFDjBABgkqhkiG9w0BBQ0w`],
  ['privateKey', `${begin('PGP PRIVATE KEY BLOCK')}\n\nlQOYBF`],
  ['accessKeyId', `The bucket opens with ${join('AK', 'IA', 'ABCDEFGH23456789')}.`],
  ['accessKeyId', join('AS', 'IA', 'ZYXWVUTS98765432')],
  ['repositoryToken', `use ${join('gh', 'p_', MIXED.slice(0, 36))} to fetch the script`],
  ['repositoryToken', join('github', '_pat_', MIXED.slice(0, 22), '_', MIXED)],
  ['repositoryToken', join('gl', 'pat-', MIXED.slice(0, 20))],
  ['chatToken', join('xo', 'xb-', '123456789012-', MIXED.slice(0, 24))],
  ['cloudApiKey', `maps: ${join('AI', 'za', MIXED.slice(0, 35))}`],
  ['paymentKey', join('sk', '_live_', MIXED.slice(0, 24))],
  ['bearerToken', `curl -H "Authorization: Bearer ${MIXED}" https://device.example`],
  [
    'signedToken',
    `${join('ey', 'JhbGciOiJSUzI1NiJ9')}.${join('ey', 'JzdWIiOiJtYXJpYSJ9')}.c2lnbmF0dXJlLXBhcnQ`,
  ],
  ['careplusKey', `my key is cp_key_019_${HEX}`],
  ['passwordInAddress', 'postgres://care:Winter-2026@db.northwind.example:5432/care'],
  ['passwordInAddress', 'Backup goes to ftp://backup:n0rthwind@files.northwind.example/configs'],
  ['passwordInAddress', 'https://admin:admin@10.0.0.1/'],
  ['deviceSecret', 'set system tacplus-server 192.0.2.9 secret "$9$ASt0IEevMX7dsKMgJU"'],
  ['deviceSecret', 'authentication-key "$9$kq5QFn/At0"; ## SECRET-DATA'],
  ['deviceSecret', 'secret "$8$aes256-gcm$hmac-sha2-256$100$y/4YMC4YDLU"'],
  ['deviceSecret', 'username admin password 7 0822455D0A16'],
  ['deviceSecret', 'key-string 7 03165A0F0C1B'],
  ['passwordHash', 'set system root-authentication encrypted-password "$6$uT8xQz1a$Yk3Jq0s9PbWmZr7Lh2VdXe"'],
  ['passwordHash', 'encrypted-password "$1$2Wc4bD0n$Xv7Rk1qQeJm8sT5yHg3Zp1"; ## SECRET-DATA'],
  ['passwordHash', 'enable secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0'],
  ['passwordHash', 'care:$2b$12$abcdefghijklmnopqrstuuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  ['sharedKey', 'set security ike policy north pre-shared-key ascii-text "rain and fog"'],
  ['sharedKey', 'crypto isakmp key; pre-shared-key local Tr0mso-Oslo'],
  ['snmpCommunity', 'snmp-server community northwind-ro RO'],
  ['password', 'password: Sommer2026!'],
  ['password', 'The passphrase is blue-Kite-42, please do not forward.'],
  ['password', 'Das Passwort lautet Herbst#2026'],
  ['password', 'Kennwort = Regen7Wolken'],
  ['password', 'client_secret=8f14e45fceea167a'],
  ['password', '{"password":"Gr8-Escape"}'],
  ['password', 'api key -> 9d2f7b6c1e'],
  ['password', 'pwd: "c0ffee-break"'],
];
