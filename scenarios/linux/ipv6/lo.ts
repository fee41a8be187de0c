/** Hello over IPv6 on loopback: a line, both close, and a port where nobody listens. */
import { scenario, SocketError } from 'tcpetri';
import { loneHost } from '../shared/lab.ts';

const SERVER = { address: '::1', port: 8000 };

export default scenario(
  'linux/ipv6/lo',
  { summary: 'hello over IPv6 on loopback', start: '2026-01-01T04:16:56Z' },
  ({ network, at, check }) => {
    const host = loneHost(network);

    host.run('server', async (process) => {
      const listener = process.socket('stream', 'AF_INET6');
      listener.bind(SERVER.port, SERVER.address);
      listener.listen();
      const connection = await listener.accept();
      await process.sleepUntil(at('04:16:56.510198'));
      check((await connection.recvText()) === 'hello\n', 'hello');
      await process.sleepUntil(at('04:16:56.551971'));
      await connection.close();
      await process.sleepUntil(at('04:16:56.552269'));
    });

    host.run('client', async (process) => {
      const connection = process.socket('stream', 'AF_INET6');
      await process.sleepUntil(at('04:16:56.409892'));
      await connection.connect(SERVER);
      await process.sleepUntil(at('04:16:56.410015'));
      await connection.send('hello\n');
      await process.sleepUntil(at('04:16:56.531772'));
      await connection.close();

      await process.sleepUntil(at('04:16:56.552180'));
      const refused = process.socket('stream', 'AF_INET6');
      const answer = refused.connect({ ...SERVER, port: 9999 });
      const error: unknown = await answer.catch((reason: unknown) => reason);
      check(error instanceof SocketError && error.code === 'ECONNREFUSED', 'ECONNREFUSED');
    });
  },
);
