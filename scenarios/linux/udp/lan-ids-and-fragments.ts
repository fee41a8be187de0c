/**
 * Datagrams on a LAN: identifications of sockets with a peer and without, fragments of what is
 * longer than the MTU, empty ones, IP_MTU_DISCOVER, broadcast, and one without a checksum.
 */
import { scenario, SocketError } from 'tcpetri';
import { pattern, SERVER, twoHosts } from '../shared/lab.ts';

const PORT = 9000;

export default scenario(
  'linux/udp/lan-ids-and-fragments',
  { summary: 'datagrams: identifications, fragments, options', start: '2026-01-01T04:15:50Z' },
  ({ network, at, check }) => {
    const { client, server } = twoHosts(network);

    server.run('server', async (process) => {
      const socket = process.socket('datagram');
      socket.bind(PORT, SERVER);
      const answers = ['04:15:50.134443', '04:15:50.154971', '04:15:50.175607', '04:15:50.196264'];
      for (const answer of answers) {
        const { payload, from } = await socket.recv();
        await process.sleepUntil(at(answer));
        socket.send(payload.subarray(0, 4), from);
      }
      await process.sleepUntil(at('04:15:50.3'));
    });

    client.run('client', async (process) => {
      const to = { address: SERVER, port: PORT };
      const free = process.socket('datagram');
      const tied = process.socket('datagram');
      const lengths = { 1: '134356', 10: '154732', 100: '175323', 1472: '196045' };
      for (const [length, instant] of Object.entries(lengths)) {
        await process.sleepUntil(at(`04:15:50.${instant}`));
        free.send(pattern(Number(length)), to);
        await free.recv();
      }
      tied.connect(to);
      const tiedLengths = { 1: '216761', 10: '237178', 100: '257401', 1472: '277817' };
      for (const [length, instant] of Object.entries(tiedLengths)) {
        await process.sleepUntil(at(`04:15:50.${instant}`));
        tied.send(pattern(Number(length)));
      }

      await process.sleepUntil(at('04:15:50.298340'));
      free.send(pattern(1473), to);
      await process.sleepUntil(at('04:15:50.298658'));
      free.send(pattern(4000), to);
      tied.send(pattern(4000));
      free.send('', to);
      free.setsockopt('IP_MTU_DISCOVER', 0); // IP_PMTUDISC_DONT
      free.send('no DF', to);
      free.send('no DF', to);
      free.setsockopt('IP_MTU_DISCOVER', 2); // IP_PMTUDISC_DO
      free.send('DF', to);
      check(
        isTooLong(() => free.send(pattern(1473), to)),
        'EMSGSIZE',
      );
      free.setsockopt('SO_BROADCAST', 1);
      free.send('to all', { address: '192.168.1.255', port: PORT });
      free.setsockopt('SO_NO_CHECK', 1);
      free.send('no checksum', to);
    });
  },
);

function isTooLong(send: () => void): boolean {
  try {
    send();
    return false;
  } catch (error) {
    return error instanceof SocketError && error.code === 'EMSGSIZE';
  }
}
