/** The server says the time and closes at once; the client closes two seconds later. */
import type { Instant, SimulatedHost } from 'tcpetri';

/** When who does what. */
export interface ServerFirstTimes {
  readonly connect: Instant;
  readonly send: Instant;
  /** When the server shuts down its side, where it does so before it closes. */
  readonly shutdown?: Instant;
  readonly serverCloses: Instant;
  readonly clientCloses: Instant;
}

export function serverFirst(host: SimulatedHost, times: ServerFirstTimes): void {
  host.run('server', async (process) => {
    const listener = process.socket('stream');
    listener.setsockopt('SO_REUSEADDR', 1);
    listener.bind(2013, '127.0.0.1');
    listener.listen(128);
    const connection = await listener.accept();
    await process.sleepUntil(times.send);
    await connection.send('Fri Nov 21 22:37:28 2025\n');
    if (times.shutdown !== undefined) {
      await process.sleepUntil(times.shutdown);
      connection.shutdown('write');
    }
    await process.sleepUntil(times.serverCloses);
    await connection.close();
  });

  host.run('client', async (process) => {
    const connection = process.socket('stream');
    await process.sleepUntil(times.connect);
    await connection.connect({ address: '127.0.0.1', port: 2013 });
    while ((await connection.recv()).length > 0);
    await process.sleepUntil(times.clientCloses);
    await connection.close();
  });
}
