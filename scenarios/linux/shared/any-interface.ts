/**
 * A capture on `any`: the client's host serves itself, twice, the second time asked for by the
 * address 0.0.0.0; then it says hello to its neighbour.
 */
import type { CookedLinkType, Instant, Network, Process, StreamSocket } from 'tcpetri';
import { SERVER, twoHosts } from './lab.ts';

/** When the client connects and closes, and when the other end does. */
interface Conversation {
  readonly connect: Instant;
  readonly send?: Instant;
  readonly read?: Instant;
  readonly close: Instant;
  readonly serverCloses: Instant;
}

/** When who does what. */
export interface AnyInterfaceTimes {
  readonly welcome: Required<Conversation>;
  readonly unspecified: Conversation;
  readonly neighbor: Required<Conversation>;
}

export function onAnyInterface(
  network: Network,
  { welcome, unspecified, neighbor }: AnyInterfaceTimes,
  linkType: CookedLinkType,
): void {
  const { client, server } = twoHosts(network, { asksNeighbors: true, any: { linkType } });

  client.run('server', async (process) => {
    const listener = listening(process, 12_345, '0.0.0.0');
    const first = await listener.accept();
    await process.sleepUntil(welcome.send);
    await first.send('welcome to join');
    await process.sleepUntil(welcome.serverCloses);
    await first.close();
    const second = await listener.accept();
    await process.sleepUntil(unspecified.serverCloses);
    await second.close();
  });

  server.run('server', async (process) => {
    const connection = await listening(process, 8000, SERVER).accept();
    await process.sleepUntil(neighbor.read);
    await connection.recv();
    await process.sleepUntil(neighbor.serverCloses);
    await connection.close();
  });

  client.run('client', async (process) => {
    const first = await connected(process, '127.0.0.1', 12_345, welcome.connect);
    await process.sleepUntil(welcome.read);
    await first.recv();
    await process.sleepUntil(welcome.close);
    await first.close();

    const second = await connected(process, '0.0.0.0', 12_345, unspecified.connect);
    await process.sleepUntil(unspecified.close);
    await second.close();

    const third = await connected(process, SERVER, 8000, neighbor.connect);
    await process.sleepUntil(neighbor.send);
    await third.send('hello\n');
    await process.sleepUntil(neighbor.close);
    await third.close();
  });
}

function listening(process: Process, port: number, address: string): StreamSocket {
  const listener = process.socket('stream');
  listener.setsockopt('SO_REUSEADDR', 1);
  listener.bind(port, address);
  listener.listen(128);
  return listener;
}

async function connected(
  process: Process,
  address: string,
  port: number,
  instant: Instant,
): Promise<StreamSocket> {
  const connection = process.socket('stream');
  await process.sleepUntil(instant);
  await connection.connect({ address, port });
  return connection;
}
