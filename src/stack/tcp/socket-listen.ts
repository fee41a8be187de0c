/** A listening socket comes and goes: the host's table of listeners, and who is told. */
import { IPV4_ANY } from '../../wire/index.ts';
import { cause } from '../cause.ts';
import type { Instant } from '../time.ts';
import type { Listener } from './listener.ts';
import type { Tcp } from './tcp.ts';
import { abort } from './user.ts';

const LISTEN = cause('passive-open', 'passive open', 'RFC 9293 §3.10.1');
const STOP_LISTENING = cause('stop-listening', 'the application closed', 'RFC 9293 §3.10.4');

const NO_PEER = { remoteAddress: IPV4_ANY, remotePort: 0 };

export function startListening(tcp: Tcp, listener: Listener, now: Instant): void {
  const { localAddress, localPort } = listener;
  tcp.addListener(listener);
  const numbers = { ...NO_PEER, localAddress, localPort };
  tcp.trace?.stateEntered(numbers, 'CLOSED', 'LISTEN', LISTEN, now);
}

/** Those that open through it, and those that nobody has accepted, are aborted. */
export function stopListening(tcp: Tcp, listener: Listener, now: Instant): void {
  const { localAddress, localPort } = listener;
  tcp.removeListener(listener);
  for (const tcb of listener.opening) abort(tcb, now);
  for (let tcb = listener.shift(); tcb !== undefined; tcb = listener.shift()) abort(tcb, now);
  const numbers = { ...NO_PEER, localAddress, localPort };
  tcp.trace?.stateEntered(numbers, 'LISTEN', 'CLOSED', STOP_LISTENING, now);
}
