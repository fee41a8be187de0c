/**
 * The third data segment of the client is lost: exactly that one, and nothing else.
 *
 *     client ── data 1, 2, ✗, 4, 5, 6 … ──► server
 *            ◄── ACK of 2, with SACK of 4, of 4 to 5, … ──
 *
 * The capture is the server's. What follows the gap is acknowledged with SACK blocks (RFC 2018),
 * which tell the client what is missing; it sends that again at once, long before its timer, and
 * the next acknowledgment covers everything.
 */
import { dataFrom, drop, ms, nth, scenario } from 'tcpetri';

export default scenario(
  'impaired/third-segment',
  { summary: 'one exact segment is lost; SACK, and a fast retransmission', print: '-n' },
  ({ network, check }) => {
    const client = network.host('client');
    const server = network.host('server');
    network.link(client, server, {
      subnet: '10.0.0.0/24',
      latency: ms(10),
      faults: [drop(nth(3, dataFrom(client)))],
    });
    network.capture(server);

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(8000);
      listener.listen();
      const connection = await listener.accept();
      check((await connection.recvAll()).length === 10_000, 'all that the client sends');
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await connection.connect({ address: server.address, port: 8000 });
      await connection.send('x'.repeat(10_000));
      await connection.close();
    });
  },
);
