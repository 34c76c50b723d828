import type { Change } from './change.ts';

/** Takes the changes of all organisations somewhere else, those of each organisation in order. */
export interface Consumer {
  /** Its place in the log is kept under this name. */
  readonly name: string;
  /** Resolves once the changes are safe there. They may be given again, after any failure. */
  deliver(changes: readonly Change[]): Promise<void>;
  /** Changes of the organisation have expired before they could be delivered: who follows has to read all of it anew. */
  missed(organisation: string): Promise<void>;
  close(): Promise<void>;
}
