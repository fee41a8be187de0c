/**
 * The eleven states of a connection (RFC 9293 §3.3.2) and the moves between them, as data: the
 * protocol asserts each move it makes against this table, and the diagram in the docs is drawn
 * from it.
 */

/** A state, in the RFC's spelling. */
export type TcpState =
  | 'CLOSED'
  | 'LISTEN'
  | 'SYN-SENT'
  | 'SYN-RECEIVED'
  | 'ESTABLISHED'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'CLOSE-WAIT'
  | 'CLOSING'
  | 'LAST-ACK'
  | 'TIME-WAIT';

/** Every move that RFC 9293 §3.3.2 and §3.10 allow, and no other. */
// prettier-ignore
export const NEXT: Readonly<Record<TcpState, readonly TcpState[]>> = {
  'CLOSED':       ['LISTEN', 'SYN-SENT'],
  'LISTEN':       ['SYN-RECEIVED', 'SYN-SENT', 'CLOSED'],
  'SYN-SENT':     ['ESTABLISHED', 'SYN-RECEIVED', 'CLOSED'],
  'SYN-RECEIVED': ['ESTABLISHED', 'FIN-WAIT-1', 'CLOSE-WAIT', 'LISTEN', 'CLOSED'],
  'ESTABLISHED':  ['FIN-WAIT-1', 'CLOSE-WAIT', 'CLOSED'],
  'FIN-WAIT-1':   ['FIN-WAIT-2', 'CLOSING', 'TIME-WAIT', 'CLOSED'],
  'FIN-WAIT-2':   ['TIME-WAIT', 'CLOSED'],
  'CLOSE-WAIT':   ['LAST-ACK', 'CLOSED'],
  'CLOSING':      ['TIME-WAIT', 'CLOSED'],
  'LAST-ACK':     ['CLOSED'],
  'TIME-WAIT':    ['CLOSED'],
};

/** Whether {@link NEXT} has the move. `Array.includes` compares strings octet by octet. */
export function mayFollow(next: TcpState, from: TcpState): boolean {
  for (const state of NEXT[from]) if (state === next) return true;
  return false;
}

/** Whether both SYNs are acknowledged (RFC 9293 §3.5.2, "synchronized state"). */
export function isSynchronized(state: TcpState): boolean {
  return (
    state !== 'CLOSED' && state !== 'LISTEN' && state !== 'SYN-SENT' && state !== 'SYN-RECEIVED'
  );
}
