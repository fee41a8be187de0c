/**
 * Three networks and two routers; the first hides a home behind its own address, and the link
 * between them loses packets:
 *
 *     laptop ──┐
 *              home ── gateway ══════ lossy ══════ provider ── server
 *     phone  ──┘  192.168.1.0/24  198.51.100.0/30  203.0.113.0/24
 *
 * The captures are the laptop's and the server's. To the server both clients are 198.51.100.1, and
 * though both bound port 5000, one of them comes from 5002.
 */
import { masquerade, ms, scenario } from 'tcpetri';

const summary = 'two hosts share an address outside, over a link that loses packets';

export default scenario('middlebox/nat', { summary, print: '-n' }, ({ network, check }) => {
  const home = network.switch('192.168.1.0/24');
  const gateway = network.router('gateway', { boxes: [masquerade('eth1')] });
  const [laptop, phone] = [network.host('laptop'), network.host('phone')];
  const [provider, server] = [network.router('provider'), network.host('server')];

  for (const each of [gateway, laptop, phone]) network.link(each, home);
  const lossy = { latency: ms(10), netem: 'loss 2%' };
  network.link(gateway, provider, { subnet: '198.51.100.0/30', ...lossy });
  network.link(provider, server, { subnet: '203.0.113.0/24', latency: ms(1) });
  for (const host of [laptop, server]) network.capture(host);

  server.run('server', async (process) => {
    const listener = process.socket('stream');
    listener.bind(8000);
    listener.listen();
    for (const _client of [laptop, phone]) {
      const connection = await listener.accept();
      check(connection.remote?.address === '198.51.100.1', 'the address of the gateway');
      check((await connection.recvAll()).length === 30_000, 'all that a client sends');
    }
  });
  for (const host of [laptop, phone]) {
    host.run('client', async (process) => {
      const connection = process.socket('stream');
      connection.bind(5000);
      await connection.connect({ address: server.address, port: 8000 });
      await connection.send('x'.repeat(30_000));
    });
  }
});
