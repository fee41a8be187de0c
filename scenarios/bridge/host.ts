/**
 * A host for a real network to talk to, by `tcpetri bridge`: it answers ping, has an HTTP/1.1
 * server on port 80 that gives as many octets as the path says (`/10000000`), echo on port 7
 * (RFC 862) and discard on port 9 (RFC 863). With a `peer` it is a client too: it connects there,
 * sends `octets`, and the run is over. What it gives are lines that say where they begin.
 *
 * Run without a bridge there is nobody to talk to, and the run ends at once.
 */
import { type Process, scenario, SocketError, type StreamSocket } from 'tcpetri';
import { parseIpv4 } from 'tcpetri/wire';

export default scenario(
  'bridge/host',
  {
    summary: 'HTTP, echo and discard, or a sender, for `tcpetri bridge`',
    parameters: { address: '192.0.2.2/24', gateway: '', peer: '', octets: '10000000' },
    print: '-n',
  },
  ({ network, report, parameter }) => {
    const host = network.host('host', { address: parameter('address') });
    network.link(host, network.outside());
    const gateway = parameter('gateway');
    if (gateway !== '') host.stack.addDefaultRoute(parseIpv4(gateway));

    /** An error of one connection is reported, and the others go on. */
    const converse = async (
      connection: StreamSocket,
      talk: (connection: StreamSocket) => Promise<void>,
    ): Promise<void> => {
      try {
        await talk(connection);
      } catch (error) {
        if (!(error instanceof SocketError)) throw error;
        report(error.message);
      }
      await connection.close();
    };

    const serve = (port: number, talk: (connection: StreamSocket) => Promise<void>): void => {
      const server = async (process: Process): Promise<void> => {
        const listener = process.socket('stream');
        listener.bind(port);
        listener.listen();
        for (;;) void converse(await listener.accept(), talk);
      };
      host.run(`port ${port}`, server, { daemon: true });
    };
    serve(80, answerRequests);
    serve(7, async (connection) => {
      for (let octets = await connection.recv(); octets.length > 0;) {
        await connection.send(octets);
        octets = await connection.recv();
      }
    });
    serve(9, async (connection) => {
      while ((await connection.recv()).length > 0);
    });

    const [address = '', port = ''] = parameter('peer').split(':');
    if (address === '') return;
    host.run('sender', (process) =>
      converse(process.socket('stream'), async (connection) => {
        await connection.connect({ address, port: Number(port) });
        await sendLines(connection, Number(parameter('octets')));
        connection.shutdown('write');
        await connection.recvAll();
      }),
    );
  },
);

/** No request that we answer has a longer head. */
const LONGEST_HEAD = 8192;

/** HTTP/1.1 (RFC 9112), as much as `curl` needs: GET, one request after the other. */
async function answerRequests(connection: StreamSocket): Promise<void> {
  let head = '';
  for (;;) {
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) {
      const more = await connection.recvText();
      head += more;
      if (more === '' || head.length > LONGEST_HEAD) return;
      continue;
    }
    const [, octets] = /^GET \/(\d{1,10}) HTTP\/1\.1\r\n/.exec(head) ?? [];
    head = head.slice(end + 4);
    const status = octets === undefined ? '404 Not Found' : '200 OK';
    await connection.send(`HTTP/1.1 ${status}\r\nContent-Length: ${octets ?? 0}\r\n\r\n`);
    await sendLines(connection, Number(octets ?? 0));
  }
}

const LINE_LENGTH = 16;
const LINES_AT_ONCE = 4096;

/** Sends so many octets of lines, each of them the octets before it as 15 digits. */
async function sendLines(connection: StreamSocket, octets: number): Promise<void> {
  const step = LINES_AT_ONCE * LINE_LENGTH;
  for (let sent = 0; sent < octets; sent += step) {
    let lines = '';
    for (let at = sent; at < sent + step; at += LINE_LENGTH) {
      lines += `${String(at).padStart(LINE_LENGTH - 1, '0')}\n`;
    }
    await connection.send(lines.slice(0, octets - sent));
  }
}
