/** Two hundred texts as people write them in notes, minutes and guidelines, and parts of device configurations without secrets. */
const words = [
  'Please reset your password on the portal; nobody will ask you for it.',
  'The password policy is described in chapter four.',
  'Password: will be handed over on the phone.',
  'Password: ********',
  'password: <removed>',
  'The secret is that there is none.',
  'Passwort: wird am Telefon mitgeteilt.',
  'Das Kennwort ist abgelaufen.',
  'The API key: ask the operator for one.',
  'Tokens expire after 90 days; see the key list.',
  'The pre-shared key is changed every year by both sides.',
  'Send the public key, never the private key.',
  '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=',
  '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUYQ',
  'Restart finished at 03:12 local time, 02:12 UTC.',
  'Call +49 30 5550 201, then the deputy after 10 minutes.',
  'https://portal.provider.example/cases?number=2026-1104-0042',
  'ssh admin@router-7.northwind.example, then ask for the session.',
  'Bearer of this letter is the site engineer.',
  'The bearer channel was down for two minutes.',
];
const configurations = [
  'set interfaces xe-0/0/{n} unit 0 family inet address 192.0.2.{n}/24',
  'set system host-name northwind-edge-{n}',
  'set groups node{n} system root-authentication encrypted-password /* SECRET-DATA */',
  'set snmp location "Berlin hub, row {n}"',
  'set protocols bgp group transit neighbor 198.51.100.{n} peer-as 6450{n}',
  'set security ike policy north-{n} pre-shared-key ascii-text <removed>',
  'interface GigabitEthernet0/{n}\n description uplink to hub {n}\n ip address 203.0.113.{n} 255.255.255.0',
  'snmp-server location Berlin hub {n}',
  'snmp-server community <removed> RO {n}',
  'ntp server 192.0.2.{n} key {n}',
];
const notes = [
  'Case 2026-11{n}: fan tray of member {n} replaced, serial JN12{n}AB34CD.',
  'RMA R20011{n} shipped with waybill 1Z999AA1012345678{n}.',
  'Release 21.4R3-S{n}.9 is the target for site {n}.',
  'SHA-256 of the minutes: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a0{n}.',
  'Meeting {n} of 4: Maria Stone, Jan Reed and Sam Rivers agreed the freeze from 12-2{n} to 01-0{n}.',
  'Ticket id 019ac1d2-7b3e-7c4{n}-9d5e-1f2a3b4c5d6{n} belongs to the same outage.',
  'The line card in slot {n} shows 0x{n}f00ba12 as its last error.',
  'Budget ${n},400 for training, $1,{n}00 for travel.',
];

const each = (texts: readonly string[]) =>
  texts.flatMap((text) => Array.from({ length: 10 }, (_, n) => text.replaceAll('{n}', String(n))));

export const harmless: readonly string[] = [...words, ...each(configurations), ...each(notes)];
