/**
 * Two hosts come up with IPv6 on a link: they look whether their addresses are free, join groups,
 * ask for routers. Then they find each other, talk by TCP, find ports closed, send fragments, ping.
 */
import { ping, scenario, SocketError } from 'tcpetri';
import { pattern } from '../shared/lab.ts';
import { hostsThatComeUp, SERVER } from '../shared/ipv6-lab.ts';

export default scenario(
  'linux/ipv6/lan',
  { summary: 'IPv6 on a link, from its interfaces on', start: '2026-01-01T04:16:42.92935Z' },
  ({ network, at, check, report }) => {
    const { client, server } = hostsThatComeUp(network, at);

    server.run('server', async (process) => {
      const listener = process.socket('stream', 'AF_INET6');
      await process.sleepUntil(at('04:16:47.614080'));
      listener.bind(8000, SERVER);
      listener.listen();
      const connection = await listener.accept();
      await process.sleepUntil(at('04:16:47.818492'));
      check((await connection.recvText()) === 'hello\n', 'hello');
      await process.sleepUntil(at('04:16:47.818903'));
      await connection.send(pattern(3000));
      await process.sleepUntil(at('04:16:48.368900'));
      await connection.close();
      await process.sleepUntil(at('04:16:49.2'));
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream', 'AF_INET6');
      await process.sleepUntil(at('04:16:47.614212'));
      await connection.connect({ address: SERVER, port: 8000 });
      await process.sleepUntil(at('04:16:47.618290'));
      await connection.send('hello\n');
      await process.sleepUntil(at('04:16:48.019263'));
      check((await connection.recv()).length === 3000, '3000 octets');
      await process.sleepUntil(at('04:16:48.068602'));
      await connection.close();

      await process.sleepUntil(at('04:16:48.569440'));
      const refused = process.socket('stream', 'AF_INET6').connect({ address: SERVER, port: 9999 });
      check(await isRefused(refused), 'no TCP there');
      await process.sleepUntil(at('04:16:48.569731'));
      const socket = process.socket('datagram', 'AF_INET6');
      socket.connect({ address: SERVER, port: 9998 });
      socket.send('hello?');
      check(await isRefused(socket.recv()), 'no UDP there');
      await process.sleepUntil(at('04:16:48.670199'));
      socket.send(pattern(3000));
    });

    client.run('ping', async (process) => {
      await process.sleepUntil(at('04:16:48.774696'));
      await ping(process, ['-6', '-c', '2', '-i', '0.2', SERVER], report);
    });
    client.run('ping', async (process) => {
      await process.sleepUntil(at('04:16:48.981917'));
      await ping(process, ['-6', '-c', '1', '-s', '2000', SERVER], report);
    });
  },
);

async function isRefused(call: Promise<unknown>): Promise<boolean> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  return error instanceof SocketError && error.code === 'ECONNREFUSED';
}
