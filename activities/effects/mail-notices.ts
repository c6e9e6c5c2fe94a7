/** What the templates of single notices call things, from what the notices show. */
import { kindLabels } from '../../domain/document/kinds.js';

type Shown = Readonly<Record<string, unknown>>;

/** By notice: the values shown, the address of the console, the page of the process. */
export const ownVariables: Readonly<Record<string, (shown: Shown, publicUrl: string, url: string) => Shown>> =
  {
    dayOne: (shown, _publicUrl, url) => ({
      ...contractOf(shown, url),
      managerNamedBy: shown['namedBy'] ?? null,
    }),
    managerNamed: (shown, _publicUrl, url) => contractOf(shown, url),
    guideDelivered: (shown, publicUrl) => ({
      ...guideOf(shown, publicUrl),
      confirmBy: shown['confirmBy'] ?? null,
    }),
    signatureAsked: ({ title, version, sha256 }) => ({
      document: { title: title ?? '', version: version ?? '', hash: sha256 ?? '' },
    }),
    guideReminder: (shown, publicUrl) => ({
      ...guideOf(shown, publicUrl),
      deliveredAt: shown['deliveredAt'] ?? null,
    }),
  };

function contractOf(shown: Shown, url: string): Shown {
  return {
    contract: { number: shown['contractNumber'] ?? '', url },
    seniorDesk: { phone: shown['seniorDeskNumber'] ?? '' },
  };
}

function guideOf(shown: Shown, publicUrl: string): Shown {
  const { document: kind, title, version, sha256, documentId } = shown;
  const url = typeof documentId === 'string' ? `${publicUrl}/documents/${documentId}` : publicUrl;
  const isUserGuide = kind === kindLabels.userGuide;
  return {
    guide: {
      kind: kind ?? '',
      isUserGuide,
      title: title ?? '',
      version: version ?? '',
      hash: sha256 ?? '',
      url,
    },
  };
}
