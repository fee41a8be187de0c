/**
 * A server that closed first has its port in TIME-WAIT: bound again it is only with SO_REUSEADDR,
 * or when the 60 seconds are over.
 */
import { ms, scenario, seconds, SocketError, type StreamSocket } from 'tcpetri';

export default scenario(
  'walkthroughs/bind-again',
  { summary: 'a port in TIME-WAIT, bound again' },
  ({ network, report }) => {
    const [client, server] = network.pair({ latency: ms(1) });

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.setsockopt('SO_REUSEADDR', 1); // both have to say so
      listener.bind(8000);
      listener.listen();
      const connection = await listener.accept();
      await connection.close();
      await listener.close();
      await process.sleep(seconds(1));

      const bind = (what: string, socket: StreamSocket): void => {
        try {
          socket.bind(8000);
          report(`bind ${what}: 0`);
        } catch (error) {
          if (!(error instanceof SocketError)) throw error;
          report(`bind ${what}: ${error.code}`);
        }
      };
      bind('in TIME-WAIT', process.socket('stream'));
      const reusing = process.socket('stream');
      reusing.setsockopt('SO_REUSEADDR', 1);
      bind('with SO_REUSEADDR', reusing);
      await reusing.close();
      await process.sleep(seconds(60));
      bind('60 s later', process.socket('stream'));
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await connection.connect({ address: server.address, port: 8000 });
      await connection.recvAll();
    });
  },
);
