/** What a connection remembers of explicit congestion notification (RFC 3168 §6.1; `ecn.ts`). */
import type { AccurateEcn } from './accurate-ecn.ts';

export class Ecn {
  /** AccECN is offered or agreed on (RFC 9768); nothing for the older ECN. */
  accurate: AccurateEcn | undefined = undefined;
  /** What the peer's first SYN asked by, AE, CWR and ECE as one number, if one has come. */
  peerOffer = 0;
  /** One of the SYNs, ours or the peer's, did not ask for ECN, while others did. */
  hasPlainSyn = false;
  /** A mark has arrived and no CWR since: every acknowledgment carries ECE. */
  echoes = false;
  /** The window was reduced: the next new data carries CWR. */
  owesCwr = false;
  /** The peer has sent ECT or CE. */
  hasSeenEct = false;
  /** Whether the latest data was marked (RFC 8257 §3.2, DCTCP.CE). */
  lastMarked = false;
  /** Delivered segments whose acknowledgment carried ECE. */
  deliveredMarked = 0;
}
