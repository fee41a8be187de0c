/** One says hello and closes; the other reads until the end and closes, too. */
import type { Instant, SimulatedHost } from 'tcpetri';
import { listening } from './lab.ts';

/** When the client does what. */
export interface HelloTimes {
  readonly connect: Instant;
  readonly send: Instant;
  readonly close: Instant;
}

export function helloAndClose(host: SimulatedHost, times: HelloTimes): void {
  host.run('server', async (process) => {
    const listener = listening(process);
    const connection = await listener.accept();
    while ((await connection.recv(4096)).length > 0);
    await connection.close();
  });

  host.run('client', async (process) => {
    const connection = process.socket('stream');
    await process.sleepUntil(times.connect);
    await connection.connect({ address: '127.0.0.1', port: 8000 });
    await process.sleepUntil(times.send);
    await connection.send('hello\n');
    await process.sleepUntil(times.close);
    await connection.close();
  });
}
