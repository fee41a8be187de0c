/** One side sends at given instants; the other reads when it is told to; both close. */
import type { Instant, SimulatedHost } from 'tcpetri';
import { SERVER } from './lab.ts';

/** What the client does, and when. */
export interface Sending {
  readonly isNodelay?: boolean;
  readonly connect: Instant;
  readonly send: readonly (readonly [Instant, string | Uint8Array])[];
  readonly close: Instant;
}

/** When the server reads all that waits for it, and when it closes. */
export interface Reading {
  readonly read: readonly Instant[];
  readonly close: Instant;
}

export function sends(
  client: SimulatedHost,
  { isNodelay = false, connect, send, close }: Sending,
): void {
  client.run('client', async (process) => {
    const connection = process.socket('stream');
    if (isNodelay) connection.setsockopt('TCP_NODELAY', 1);
    await process.sleepUntil(connect);
    await connection.connect({ address: SERVER, port: 8000 });
    for (const [instant, octets] of send) {
      await process.sleepUntil(instant);
      await connection.send(octets);
    }
    await process.sleepUntil(close);
    await connection.close();
  });
}

export function reads(server: SimulatedHost, { read, close }: Reading): void {
  server.run('server', async (process) => {
    const listener = process.socket('stream');
    listener.setsockopt('SO_REUSEADDR', 1);
    listener.bind(8000);
    listener.listen(128);
    const connection = await listener.accept();
    for (const instant of read) {
      await process.sleepUntil(instant);
      await connection.recv(65_536);
    }
    await process.sleepUntil(close);
    await connection.close();
  });
}
