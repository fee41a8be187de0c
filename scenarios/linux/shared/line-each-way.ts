/** Digits each way, and again from the client; then one side closes, and the other later. */
import type { Instant, SimulatedHost } from 'tcpetri';
import { listening, SERVER } from './lab.ts';

/** When who does what. */
export interface LineEachWayTimes {
  readonly connect: Instant;
  readonly first: Instant;
  readonly answer: Instant;
  readonly second: Instant;
  /** When the server reads the second line. */
  readonly secondRead: Instant;
  readonly clientCloses: Instant;
  readonly serverCloses: Instant;
}

export function lineEachWay(
  { client, server }: { readonly client: SimulatedHost; readonly server: SimulatedHost },
  times: LineEachWayTimes,
): void {
  server.run('server', async (process) => {
    const listener = listening(process, SERVER);
    const connection = await listener.accept();
    await process.sleepUntil(times.answer);
    await connection.recv();
    await connection.send('22222222');
    await process.sleepUntil(times.secondRead);
    await connection.recv();
    await process.sleepUntil(times.serverCloses);
    await connection.close();
  });

  client.run('client', async (process) => {
    const connection = process.socket('stream');
    await process.sleepUntil(times.connect);
    await connection.connect({ address: SERVER, port: 8000 });
    await process.sleepUntil(times.first);
    await connection.send('11111');
    await process.sleepUntil(times.second);
    await connection.recv();
    await connection.send('123321');
    await process.sleepUntil(times.clientCloses);
    await connection.close();
  });
}
