/**
 * A neighbour that is sent to but never heard becomes doubtful. Five seconds after the next packet
 * it is asked again, by itself; UDP brings no confirmation, so that this repeats.
 */
import { scenario } from 'tcpetri';
import { SERVER, twoHosts } from '../shared/lab.ts';

const TO = { address: SERVER, port: 9000 };
const TICKS = [
  '04:16:13.958178',
  '04:16:14.968557',
  '04:16:15.979108',
  '04:16:16.992259',
  '04:16:18.002935',
  '04:16:19.029438',
  '04:16:20.045353',
  '04:16:21.063973',
  '04:16:22.087040',
  '04:16:23.099937',
  '04:16:24.111703',
  '04:16:25.122229',
  '04:16:26.135994',
  '04:16:27.161492',
];

export default scenario(
  'linux/arp/stale-probe',
  { summary: 'a neighbour is sent to, and asked again', start: '2026-01-01T04:16:13Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, { at, asksNeighbors: true });
    for (const host of [client, server]) {
      host.command('sysctl -w net.ipv4.neigh.eth0.base_reachable_time_ms=1500');
    }

    server.run('sink', async (process) => {
      process.socket('datagram').bind(TO.port, SERVER);
      await process.sleepUntil(at('04:16:28.5'));
    });

    client.run('udp', async (process) => {
      const socket = process.socket('datagram');
      for (const [i, tick] of TICKS.entries()) {
        await process.sleepUntil(at(tick));
        socket.send(`tick ${String(i).padStart(2, '0')}`, TO);
      }
    });
  },
);
