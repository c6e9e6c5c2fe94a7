/** How the mail catcher treats an address, so that every answer of a mail server can be tried. */
import { z } from 'zod';

const BEHAVIOURS = ['accept', 'bounce', 'autoReply', 'reject', 'defer', 'dropAfterData'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** `match` is an address, `*@domain`, or `*`; `double` posts every report twice. */
const catcherRule = z.strictObject({
  match: z.string().min(1).max(320),
  then: z.enum(BEHAVIOURS),
  double: z.boolean().optional(),
});
export const catcherRules = z.array(catcherRule).max(500);
export type CatcherRule = z.infer<typeof catcherRule>;

/** Works without any rule: `bounce+anything@…`, `away+anything@…` and so on. */
export const LOCAL_PARTS: Readonly<Record<string, Behaviour>> = {
  bounce: 'bounce',
  away: 'autoReply',
  reject: 'reject',
  defer: 'defer',
  drop: 'dropAfterData',
};

/** What happens to mail for `address`: the first rule that matches, else the local part's convention, else accept. */
export function behaviourFor(
  address: string,
  rules: readonly CatcherRule[],
): { readonly then: Behaviour; readonly double: boolean } {
  const lower = address.toLowerCase();
  const rule = rules.find(({ match }) => matches(match.toLowerCase(), lower));
  if (rule !== undefined) return { then: rule.then, double: rule.double ?? false };
  const convention = /^([a-z]+)\+/.exec(lower)?.[1];
  const known = convention !== undefined && Object.hasOwn(LOCAL_PARTS, convention);
  return { then: (known ? LOCAL_PARTS[convention] : undefined) ?? 'accept', double: false };
}

function matches(pattern: string, address: string): boolean {
  if (pattern === '*') return true;
  return pattern.startsWith('*@') ? address.endsWith(pattern.slice(1)) : address === pattern;
}
