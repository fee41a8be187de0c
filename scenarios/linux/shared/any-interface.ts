/**
 * What `tcpdump -i any` sees of a host: two connections over loopback, one of them to 0.0.0.0, and
 * one to a neighbour that is asked for first.
 */
import {
  type CaptureOptions,
  type Instant,
  type Network,
  type Process,
  type ScenarioContext,
} from 'tcpetri';
import { SERVER, twoHosts } from './lab.ts';

/** When who does what in a connection. */
export interface ConnectionTimes {
  readonly connect: Instant;
  readonly send?: Instant;
  readonly clientCloses: Instant;
  readonly serverCloses: Instant;
}

/** The three connections, in their order. */
export interface AnyTimes {
  readonly loopback: ConnectionTimes;
  readonly toAny: ConnectionTimes;
  readonly lan: ConnectionTimes;
}

export function seenOnAny(
  network: Network,
  at: ScenarioContext['at'],
  any: CaptureOptions,
  { loopback, toAny, lan }: AnyTimes,
): void {
  const { client, server } = twoHosts(network, { at, asksNeighbors: true, any });

  client.run('local server', async (process) => {
    const listener = process.socket('stream');
    listener.bind(12_345);
    listener.listen();
    const first = await listener.accept();
    if (loopback.send !== undefined) await process.sleepUntil(loopback.send);
    await first.send('welcome to join');
    await process.sleepUntil(loopback.serverCloses);
    await first.close();
    const second = await listener.accept();
    await process.sleepUntil(toAny.serverCloses);
    await second.close();
  });

  server.run('server', async (process) => {
    const listener = process.socket('stream');
    listener.bind(8000, SERVER);
    listener.listen();
    const connection = await listener.accept();
    await connection.recv();
    await process.sleepUntil(lan.serverCloses);
    await connection.close();
  });

  client.run('client', async (process) => {
    await talk(process, { address: '127.0.0.1', port: 12_345 }, loopback, '');
    await talk(process, { address: '0.0.0.0', port: 12_345 }, toAny, '');
    await talk(process, { address: SERVER, port: 8000 }, lan, 'hello\n');
  });
}

/** Connects, says something or listens, and closes. */
async function talk(
  process: Process,
  to: { readonly address: string; readonly port: number },
  times: ConnectionTimes,
  text: string,
): Promise<void> {
  const connection = process.socket('stream');
  await process.sleepUntil(times.connect);
  await connection.connect(to);
  if (text !== '' && times.send !== undefined) {
    await process.sleepUntil(times.send);
    await connection.send(text);
  }
  await process.sleepUntil(times.clientCloses);
  if (text === '' && times.send !== undefined) await connection.recv();
  await connection.close();
}
