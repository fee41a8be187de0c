/**
 * Two connect to each other at the same time, 50 ms apart, and close at the same time, too: SYN
 * crosses SYN, each is answered by a SYN,ACK with the number that the SYN had, and FIN crosses FIN,
 * so that both wait in TIME-WAIT (RFC 9293 figures 7 and 13).
 */
import { ms, scenario } from 'tcpetri';
import { CLIENT, SERVER, twoHosts } from '../shared/lab.ts';

const A_PORT = 5001;
const B_PORT = 5002;

export default scenario(
  'linux/simultaneous/open-and-close',
  { summary: 'both open, and both close, at once', start: '2026-01-01T03:59:25Z' },
  ({ network, at, check }) => {
    const { client, server } = twoHosts(network, { delay: ms(50) });

    client.run('A', async (process) => {
      const connection = process.socket('stream');
      connection.bind(A_PORT, CLIENT);
      await process.sleepUntil(at('03:59:25.210601'));
      await connection.connect({ address: SERVER, port: B_PORT });
      await process.sleepUntil(at('03:59:25.818674'));
      await connection.send('from A');
      await process.sleepUntil(at('03:59:26.319202'));
      check((await connection.recvText()) === 'from B', 'what B said');
      await process.sleepUntil(at('03:59:26.619517'));
      await connection.close();
    });

    server.run('B', async (process) => {
      const connection = process.socket('stream');
      connection.bind(B_PORT, SERVER);
      await process.sleepUntil(at('03:59:25.211239'));
      await connection.connect({ address: CLIENT, port: A_PORT });
      await process.sleepUntil(at('03:59:26.018867'));
      check((await connection.recvText()) === 'from A', 'what A said');
      await process.sleepUntil(at('03:59:26.019041'));
      await connection.send('from B');
      await process.sleepUntil(at('03:59:26.619607'));
      await connection.close();
    });
  },
);
