/**
 * A way that swallows long packets, and says nothing. Without tcp_mtu_probing TCP knows no better
 * than to repeat the segment, as long as it is, at longer and longer intervals.
 */
import { drop, scenario, type Selection, us } from 'tcpetri';
import { pattern, SERVER, twoHosts } from '../shared/lab.ts';

const LONGEST = 1400;

export default scenario(
  'linux/icmp-pmtu/pmtu-blackhole-probing0',
  { summary: 'a black hole for long packets', start: '2026-01-01T04:15:23Z' },
  ({ network, at }) => {
    const isLong: Selection = ({ ipv4 }) => (ipv4?.totalLength ?? 0) > LONGEST;
    const faults = [drop(isLong)];
    const way = { at, delay: us(10_070), toServer: { faults }, toClient: { faults } };
    const { client, server } = twoHosts(network, way);

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(8000, SERVER);
      listener.listen();
      const connection = await listener.accept();
      await process.sleepUntil(at('04:15:32.896906'));
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await process.sleepUntil(at('04:15:23.798352'));
      await connection.connect({ address: SERVER, port: 8000 });
      await process.sleepUntil(at('04:15:23.828908'));
      await connection.send(pattern(4000));
      await process.sleepUntil(at('04:15:32.896852'));
      await connection.close();
    });
  },
);
