/** A real kernel's long way by its own defaults: BBR sends pairs of segments, evenly spaced. */
import { scenario, us } from 'tcpetri';
import { listening, NATIVE, pattern, SERVER, twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/file-transfer/relay-50ms-bbr-native',
  { summary: 'a million octets by BBR', start: '2026-01-01T04:12:13Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, { profile: NATIVE, at, delay: us(50_108) });

    server.run('server', async (process) => {
      const listener = listening(process, SERVER);
      const connection = await listener.accept();
      while ((await connection.recv(65_536)).length > 0);
      await process.sleepUntil(at('04:12:15.276351'));
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await process.sleepUntil(at('04:12:13.979226'));
      await connection.connect({ address: SERVER, port: 8000 });
      await process.sleepUntil(at('04:12:14.468057'));
      await connection.send(pattern(1_000_000));
      connection.shutdown('write');
      await process.sleepUntil(at('04:12:15.276511'));
      await connection.close();
    });
  },
);
