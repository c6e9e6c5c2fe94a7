/** The errand whose first notice is a page, and which counts who acknowledged it: for tests of pages only. */
import { chatWebhooks } from '../../integrations/paging/chat.js';
import { pagingGateway } from '../../integrations/paging/http.js';
import type { Registry } from '../../domain/kernel/advance.js';
import { pageAcknowledgedPayload, pageUnansweredPayload } from '../../domain/kernel/common.js';
import type { Definition, ErasedRow } from '../../domain/kernel/rules.js';
import { errands } from './errand.js';

const heard = (name: string): ErasedRow => ({
  trigger: { kind: 'signal', name },
  from: ['open', 'done'],
  event: name,
});

function paged({ words, rows }: Definition): Definition {
  return {
    words: {
      ...words,
      notices: {
        ...words.notices,
        hello: { label: 'Come at once', page: true },
      },
      signals: {
        ...words.signals,
        pageAcknowledged: { label: 'A page was acknowledged', payload: pageAcknowledgedPayload },
        pageUnanswered: { label: 'Nobody acknowledged a page', payload: pageUnansweredPayload },
      },
    },
    rows: [...rows, heard('pageAcknowledged'), heard('pageUnanswered')].map((row) =>
      row.event === 'started' ? { ...row, tell: { guest: 'hello', owner: 'hello' } } : row,
    ),
  };
}

/** Errands that page their guest and their owner when they begin. */
export const pagedErrands: Registry = {
  ...errands,
  definitions: Object.fromEntries(
    Object.entries(errands.definitions).map(([slug, definition]) => [slug, paged(definition)]),
  ),
};

const CHAT_SECRET = `whsec_${Buffer.from('a secret of the tests, long enough').toString('base64')}`;

/** A gateway and chat rooms that are one receiver on this machine. */
export function pagePorts(receiverUrl: string) {
  return {
    pagingPort: pagingGateway({
      url: `${receiverUrl}/messages`,
      token: null,
      reportTo: 'http://care.example/v1/pages/reports',
    }),
    chatPort: chatWebhooks({ secret: CHAT_SECRET, allowedNetworks: ['127.0.0.0/8'] }),
  };
}
