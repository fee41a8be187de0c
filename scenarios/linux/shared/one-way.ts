/** One side sends at given instants; the other reads when it is told to; both close. */
import type { Instant, SimulatedHost } from 'tcpetri';
import * as call from './dialogue.ts';

/** What the client does, and when. */
export interface Sending extends call.ConnectionOptions {
  readonly connect: Instant;
  readonly send: readonly (readonly [Instant, string | Uint8Array])[];
  readonly close: Instant;
}

/** When the server reads all that waits for it, and when it closes. */
export interface Reading {
  readonly read: readonly Instant[];
  readonly close: Instant;
}

export function sends(client: SimulatedHost, sending: Sending): void {
  const writes = sending.send.map(([at, octets]): call.Call => [at, call.sends(octets)]);
  call.connects(client, sending.connect, [...writes, [sending.close, call.closes]], sending);
}

export function reads(server: SimulatedHost, { read, close }: Reading): void {
  const readings = read.map((at): call.Call => [at, call.reads]);
  call.accepts(server, [...readings, [close, call.closes]]);
}
