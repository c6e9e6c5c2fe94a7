/** What the hand-over of the User Guide reads beyond itself. */
import type { LookupLoader } from '../registry.js';
import { contractOf } from '../contract/lookups.js';

/** Published versions of the Provider's User Guide, newest first. */
const guides: LookupLoader = async (trx) =>
  trx.rows(
    `select id as "documentId", version, language, title, sha256 from documents
      where tenant_id = 'provider' and kind = 'userGuide' order by version desc, id, language limit 200`,
  );

export const userGuideLookups = { contract: contractOf, guides };
