/** A real kernel's Ethernet: the RST of a refusal has the ToS of the SYN, and a TTL of its own. */
import { scenario, SocketError } from 'tcpetri';
import { SERVER, twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/closed-port/lan',
  { summary: 'a port of a neighbour where nobody listens', start: '2026-01-01T04:31:35Z' },
  ({ network, at, check }) => {
    const { client } = twoHosts(network);

    client.run('client', async (process) => {
      for (const instant of ['04:31:36.057637', '04:31:36.358237']) {
        const connection = process.socket('stream');
        await process.sleepUntil(at(instant));
        if (instant === '04:31:36.358237') {
          connection.setsockopt('IP_TOS', 0x10);
          connection.setsockopt('IP_TTL', 7);
        }
        try {
          await connection.connect({ address: SERVER, port: 12345 });
        } catch (error) {
          check(error instanceof SocketError && error.code === 'ECONNREFUSED', 'a refusal');
        }
        await connection.close();
      }
    });
  },
);
