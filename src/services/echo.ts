/** The small services: echo (RFC 862) and discard (RFC 863), over UDP and TCP. */
import type { Process, StreamSocket } from '../sim/index.ts';
import { SocketError } from '../stack/index.ts';

export const ECHO_PORT = 7;
export const DISCARD_PORT = 9;

/** Sends back what comes, for as long as its process lives: run it in a daemon. */
export function serveEcho(process: Process, port: number = ECHO_PORT): Promise<void> {
  return serve(process, port, true);
}

/** Reads what comes and says nothing. */
export function serveDiscard(process: Process, port: number = DISCARD_PORT): Promise<void> {
  return serve(process, port, false);
}

async function serve(process: Process, port: number, answers: boolean): Promise<void> {
  const listener = process.socket('stream');
  listener.setsockopt('SO_REUSEADDR', 1);
  listener.bind(port);
  listener.listen();
  process.thread(() => serveDatagrams(process, port, answers));
  for (;;) {
    const connection = await listener.accept();
    process.thread(() => serveConnection(connection, answers));
  }
}

async function serveDatagrams(process: Process, port: number, answers: boolean): Promise<void> {
  const socket = process.socket('datagram');
  socket.bind(port);
  for (;;) {
    const { payload, from } = await socket.recv();
    // Two services of this kind, told of each other by a forged source, would talk for ever
    // (CERT CA-1996-01): what comes from such a port has no answer.
    if (!answers || from.port === port || from.port === 0) continue;
    try {
      socket.send(payload, from);
    } catch (error) {
      if (!(error instanceof SocketError)) throw error; // there is no way back
    }
  }
}

async function serveConnection(connection: StreamSocket, answers: boolean): Promise<void> {
  try {
    for (;;) {
      const octets = await connection.recv();
      if (octets.length === 0) break;
      if (answers) await connection.send(octets);
    }
  } catch (error) {
    if (!(error instanceof SocketError)) throw error; // the client went away
  }
  await connection.close();
}
