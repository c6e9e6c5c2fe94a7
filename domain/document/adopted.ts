/** How the hand-over of a document begins that was delivered before Care Plus. */
import { noonOf, type GuideTakenOver } from '../contract/adoption.js';
import type { SceneOf } from '../kernel/rules.js';
import { rulesFor } from '../kernel/rules.js';
import { document, type Recipient } from './words.js';

type Scene = SceneOf<typeof document>;
type Version = Scene['look']['versions'][number];
export type Start = Omit<Scene, 'data'> & {
  readonly payload: { readonly adopted?: GuideTakenOver | undefined };
};
const { check } = rulesFor(document);

/** Only the adoption of the contract brings such facts: it has been checked with all of them. */
export const comesWithContract = check<Start['payload']>(
  'takenOverByHand',
  ({ payload, actor }) => payload.adopted === undefined || actor === null,
);
export const adoptedVersionExists = check<Start['payload']>(
  'unknownVersion',
  (scene) => scene.payload.adopted === undefined || adoptedVersion(scene) !== undefined,
);

/** The published version that is in force. */
export function adoptedVersion({ payload: { adopted }, look }: Pick<Start, 'payload' | 'look'>) {
  return look.versions.find(
    (one) =>
      one.documentId === adopted?.documentId &&
      one.version === adopted.version &&
      one.language === adopted.language,
  );
}

/** The newest published version of the same document in the same language, when it is newer. */
export function newerVersion(
  one: Pick<Version, 'documentId' | 'version' | 'language'> | null,
  { versions }: Pick<Scene['look'], 'versions'>,
): number | null {
  const same = versions.filter(
    ({ documentId, language }) => documentId === one?.documentId && language === one.language,
  );
  const newest = Math.max(0, ...same.map(({ version }) => version));
  return one && newest > one.version ? newest : null;
}

/** Who has it, since when; a day counts as its noon. */
export function adoptedRecipients({
  payload: { adopted },
}: Pick<Start, 'payload'>): Record<string, Recipient> {
  return Object.fromEntries(
    (adopted?.recipients ?? []).map(({ person, deliveredOn, acknowledgedOn, text }) => [
      person,
      {
        version: adopted?.version ?? 0,
        sentAt: noonOf(deliveredOn),
        deliveredAt: noonOf(deliveredOn),
        acknowledgedAt: acknowledgedOn === undefined ? null : noonOf(acknowledgedOn),
        held: adopted?.version ?? null,
        unacknowledged: false,
        evidence: `Before Care Plus${text === undefined ? '.' : `: ${text}`}`,
      },
    ]),
  );
}
