/**
 * Two homes with the same narrow links to a provider that lets no ICMP errors pass:
 *
 *     first  ── gateway ══════ 1,400 octets ══════ provider ── server
 *     second ── clamping gateway ═════════════════════╯
 *
 * The captures are the two hosts'. Both connect and ask; the server's full segments are too long
 * for the links, and it never hears of that: to the first host nothing comes that could be read.
 * The second one's gateway has lowered the MSS of its SYN to 1,360, so that the server's segments
 * fit.
 */
import { clampMss, icmpBlackhole, ms, scenario, seconds } from 'tcpetri';

const PAGE = 20_000;

export default scenario(
  'middlebox/path-mtu-blackhole',
  {
    summary: 'ICMP errors are swallowed and long segments with them; clamping the MSS cures it',
    linger: 0,
  },
  ({ network, check }) => {
    const [first, second] = [network.host('first'), network.host('second')];
    const gateway = network.router('gateway');
    const clamping = network.router('clamping', { boxes: [clampMss()] });
    const provider = network.router('provider', { boxes: [icmpBlackhole()] });
    const server = network.host('server');
    network.link(first, gateway, { subnet: '192.168.1.0/24' });
    network.link(second, clamping, { subnet: '192.168.2.0/24' });
    network.link(gateway, provider, { subnet: '10.1.0.0/30', latency: ms(10), mtu: 1400 });
    network.link(clamping, provider, { subnet: '10.2.0.0/30', latency: ms(10), mtu: 1400 });
    network.link(server, provider, { subnet: '203.0.113.0/24', latency: ms(1) });
    for (const host of [first, second]) network.capture(host);

    // prettier-ignore
    for (const [client, port] of [[first, 8001], [second, 8002]] as const) {
      server.run('server', async (process) => {
        const listener = process.socket('stream');
        listener.bind(port);
        listener.listen();
        const connection = await listener.accept();
        await connection.recv();
        await connection.send('x'.repeat(PAGE));
        await process.sleep(seconds(5));
      });
      client.run('browser', async (process) => {
        const connection = process.socket('stream');
        await connection.connect({ address: server.address, port });
        await connection.send('GET /');
        await process.sleep(seconds(4));
        const { isReadable } = connection.stackSocket;
        check(isReadable === (client === second), 'the page, where the MSS was clamped');
        if (isReadable) check((await connection.recv(PAGE)).length === PAGE, 'all of it');
      });
    }
  },
);
