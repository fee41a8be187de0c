/** A line each way; then the client aborts by SO_LINGER with no time, and the server finds out. */
import { type Instant, type SimulatedHost, SocketError } from 'tcpetri';

/** When who does what. */
export interface AbortTimes {
  readonly connect: Instant;
  readonly hello: Instant;
  readonly world: Instant;
  /** When the client reads what the server sent, where it does. */
  readonly clientReads?: Instant;
  readonly abort: Instant;
  readonly serverReads: Instant;
}

export function lingerAbort(
  { client, server }: { readonly client: SimulatedHost; readonly server: SimulatedHost },
  address: string,
  times: AbortTimes,
): void {
  server.run('server', async (process) => {
    const listener = process.socket('stream');
    listener.setsockopt('SO_REUSEADDR', 1);
    listener.bind(8000, address);
    listener.listen(128);
    const connection = await listener.accept();
    await process.sleepUntil(times.world);
    await connection.recv();
    await connection.send('world\n');
    await process.sleepUntil(times.serverReads);
    try {
      await connection.recv();
    } catch (error) {
      if (!(error instanceof SocketError && error.code === 'ECONNRESET')) throw error;
    }
  });

  client.run('client', async (process) => {
    const connection = process.socket('stream');
    await process.sleepUntil(times.connect);
    await connection.connect({ address, port: 8000 });
    await process.sleepUntil(times.hello);
    await connection.send('hello\n');
    if (times.clientReads !== undefined) {
      await process.sleepUntil(times.clientReads);
      await connection.recv();
    }
    await process.sleepUntil(times.abort);
    connection.setsockopt('SO_LINGER', { on: true, seconds: 0 });
    await connection.close();
    await process.sleepUntil(times.serverReads);
  });
}
