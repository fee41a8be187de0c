/**
 * A host for a real network to talk to, by `tcpetri bridge`: it answers ping, has an HTTP/1.1
 * server on port 80 that gives as many octets as the path says (`/10000000`), echo on port 7
 * (RFC 862) and discard on port 9 (RFC 863). With a `peer` it is a client too: it connects there,
 * sends `octets`, and the run is over.
 *
 * Run without a bridge there is nobody to talk to, and the run ends at once.
 */
import { type Process, scenario, SocketError, type StreamSocket } from 'tcpetri';
import {
  patternContent,
  serveHttp,
  type ServerRequest,
  type ServerResponse,
} from 'tcpetri/services';
import { parseIp } from 'tcpetri/wire';

export default scenario(
  'bridge/host',
  {
    summary: 'HTTP, echo and discard, or a sender, for `tcpetri bridge`',
    parameters: {
      address: '192.0.2.2/24,2001:db8::2/64',
      gateway: '',
      peer: '',
      octets: '10000000',
    },
    print: '-n',
  },
  ({ network, report, parameter }) => {
    const host = network.host('host', { address: parameter('address').split(',') });
    network.link(host, network.outside());
    const gateway = parameter('gateway');
    if (gateway !== '') host.stack.addDefaultRoute(parseIp(gateway));

    const web = (process: Process): Promise<void> => serveHttp(process, content, { address: '::' });
    host.run('httpd', web, { daemon: true });

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

    const serve = (
      name: string,
      port: number,
      talk: (connection: StreamSocket) => Promise<void>,
    ): void => {
      const server = async (process: Process): Promise<void> => {
        const listener = process.socket('stream');
        listener.bind(port, '::'); // and IPv4, by mapped addresses (RFC 4291 §2.5.5.2)
        listener.listen();
        for (;;) {
          const connection = await listener.accept();
          process.thread(() => converse(connection, talk));
        }
      };
      host.run(name, server, { daemon: true });
    };
    serve('echo', 7, async (connection) => {
      for (let octets = await connection.recv(); octets.length > 0;) {
        await connection.send(octets);
        octets = await connection.recv();
      }
    });
    serve('discard', 9, async (connection) => {
      while ((await connection.recv()).length > 0);
    });

    const peer = parameter('peer');
    if (peer === '') return;
    const [, address = '', port] = /^\[?([\d.:a-f]+)\]?:(\d+)$/i.exec(peer) ?? [];
    if (port === undefined) throw new RangeError(`a peer is ADDRESS:PORT, not "${peer}"`);
    host.run('sender', (process) =>
      converse(process.socket('stream'), async (connection) => {
        await connection.connect({ address, port: Number(port) });
        const octets = Number(parameter('octets'));
        for (const piece of patternContent(octets).read(0, octets)) await connection.send(piece);
        connection.shutdown('write');
        await connection.recvAll();
      }),
    );
  },
);

/** As many octets as the path says. */
function content({ path }: ServerRequest): ServerResponse {
  const [, octets] = /^\/(\d{1,12})$/.exec(path) ?? [];
  return octets === undefined ? { status: 404 } : { body: patternContent(Number(octets)) };
}
