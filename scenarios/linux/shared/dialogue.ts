/** Two programs that use a connection at given instants, call by call. */
import type { Instant, ScenarioContext, SimulatedHost, StreamSocket } from 'tcpetri';
import { listening, SERVER } from './lab.ts';

/** A call on the connection, and when it is made. */
export type Call = readonly [Instant, (connection: StreamSocket) => unknown];

/** Each program's calls, in their order. */
export interface Dialogue {
  readonly client: readonly Call[];
  readonly server: readonly Call[];
}

/** The client connects, the server accepts; both then make their calls, and last close. */
export function talk(
  client: SimulatedHost,
  server: SimulatedHost,
  connect: Instant,
  calls: Dialogue,
  options: ConnectionOptions = {},
): void {
  accepts(server, calls.server);
  connects(client, connect, calls.client, options);
}

export interface ConnectionOptions {
  readonly isNodelay?: boolean;
}

/** The server's program: a connection, and its calls. */
export function accepts(server: SimulatedHost, calls: readonly Call[]): void {
  server.run('server', async (process) => {
    const listener = listening(process);
    const connection = await listener.accept();
    for (const [instant, call] of calls) {
      await process.sleepUntil(instant);
      await call(connection);
    }
  });
}

/** The client's program. */
export function connects(
  client: SimulatedHost,
  connect: Instant,
  calls: readonly Call[],
  { isNodelay = false }: ConnectionOptions,
): void {
  client.run('client', async (process) => {
    const connection = process.socket('stream');
    if (isNodelay) connection.setsockopt('TCP_NODELAY', 1);
    await process.sleepUntil(connect);
    await connection.connect({ address: SERVER, port: 8000 });
    for (const [instant, call] of calls) {
      await process.sleepUntil(instant);
      await call(connection);
    }
  });
}

/** What the program has written by `send`. */
export function sends(octets: string | Uint8Array, flag?: 'MSG_MORE'): Call[1] {
  return (connection) => connection.send(octets, flag);
}

/** What the program reads: all there is. */
export function reads(connection: StreamSocket): Promise<Uint8Array> {
  return connection.recv(65_536);
}

export function closes(connection: StreamSocket): Promise<void> {
  return connection.close();
}

/** Question and answer in turn, after which both ends take the connection to be interactive. */
export function pingPong(at: ScenarioContext['at'], rounds: readonly Round[]): Dialogue {
  return {
    client: rounds.flatMap(([asked, , , read]): Call[] => [
      [at(asked), sends('ping\n')],
      [at(read), reads],
    ]),
    server: rounds.flatMap(([, read, answered]): Call[] => [
      [at(read), reads],
      [at(answered), sends('pong\n')],
    ]),
  };
}

/** When the client asks, the server reads and answers, and the client reads. */
export type Round = readonly [string, string, string, string];

/** The same call at several times. */
export function each(at: ScenarioContext['at'], times: readonly string[], call: Call[1]): Call[] {
  return times.map((time) => [at(time), call]);
}
