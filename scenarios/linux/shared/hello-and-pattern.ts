/** The client says hello, the server answers with 4000 octets, and both close. */
import type { Instant, SimulatedHost } from 'tcpetri';
import { listening, pattern, SERVER } from './lab.ts';

/** When who does what. */
export interface HelloAndPatternTimes {
  readonly connect: Instant;
  readonly hello: Instant;
  readonly answer: Instant;
  /** When the client reads the answer. */
  readonly read: Instant;
  readonly close: Instant;
  readonly serverCloses: Instant;
}

export function helloAndPattern(
  { client, server }: { readonly client: SimulatedHost; readonly server: SimulatedHost },
  times: HelloAndPatternTimes,
): void {
  server.run('server', async (process) => {
    const listener = listening(process, SERVER);
    const connection = await listener.accept();
    await process.sleepUntil(times.answer);
    await connection.recv();
    await connection.send(pattern(4000));
    await process.sleepUntil(times.serverCloses);
    await connection.close();
  });

  client.run('client', async (process) => {
    const connection = process.socket('stream');
    await process.sleepUntil(times.connect);
    await connection.connect({ address: SERVER, port: 8000 });
    await process.sleepUntil(times.hello);
    await connection.send('hello\n');
    await process.sleepUntil(times.read);
    await connection.recv();
    await process.sleepUntil(times.close);
    await connection.close();
  });
}
