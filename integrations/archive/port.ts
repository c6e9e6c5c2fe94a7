/** Where the histories of closed runs are kept after the engine forgets them. */

export interface HistoryArchive {
  /** Keeps a text under its SHA-256 (lower-case hex); once more is no error. Throws when it cannot. */
  keep(hash: string, text: string): Promise<void>;
  /** The text, or null when there is none under this hash. */
  read(hash: string): Promise<string | null>;
}
