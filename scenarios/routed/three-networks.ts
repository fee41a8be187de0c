/**
 * Three networks and two routers, with a slow link between that carries shorter packets:
 *
 *     laptop ──┐
 *              home ── gateway ═══════════════ provider ── server
 *     phone  ──┘  192.168.1.0/24  198.51.100.0/30  203.0.113.0/24
 *
 * The capture is the laptop's. Packets of the server arrive with TTL 62: two routers have passed
 * them on. The laptop's full segments are too long for the slow link; the gateway says so, with the
 * MTU there, and what they carried goes again in shorter ones (RFC 1191).
 */
import { ms, scenario, us } from 'tcpetri';

export default scenario(
  'routed/three-networks',
  { summary: 'two routers; the MTU of the link between is found by ICMP', print: '-n -v' },
  ({ network, check }) => {
    const home = network.switch('192.168.1.0/24');
    const laptop = network.host('laptop');
    const phone = network.host('phone');
    const server = network.host('server');
    const gateway = network.router('gateway');
    const provider = network.router('provider');

    for (const each of [gateway, laptop, phone]) network.link(each, home, { latency: us(100) });
    const slow = { rate: 10e6, latency: ms(10), queue: 50, mtu: 1400 };
    network.link(gateway, provider, { subnet: '198.51.100.0/30', ...slow });
    network.link(provider, server, { subnet: '203.0.113.0/24', latency: ms(1) });
    network.capture(laptop);

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(8000);
      listener.listen();
      for (const _client of [laptop, phone]) {
        const connection = await listener.accept();
        check((await connection.recvAll()).length === 10_000, 'all that a client sends');
        await connection.close();
      }
    });

    for (const host of [laptop, phone]) {
      host.run('client', async (process) => {
        const connection = process.socket('stream');
        await connection.connect({ address: server.address, port: 8000 });
        await connection.send('x'.repeat(10_000));
        await connection.close();
      });
    }
  },
);
