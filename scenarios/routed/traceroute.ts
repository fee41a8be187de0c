/**
 * How traceroute finds the routers on a way: it sends packets that live one hop, two hops, three …
 * Each router at which one dies says so by ICMP, and so gives its address away. The server says
 * "port unreachable", and that is the end.
 *
 *     client ── near ═══ far ── server
 *
 * The capture is the client's: datagrams with TTL 1, 2, 3 … to ports from 33434 on, and what comes
 * back. Then a ping, whose TTL of 62 tells the same: two routers on the way back.
 */
import { ms, ping, scenario, traceroute } from 'tcpetri';

export default scenario(
  'routed/traceroute',
  { summary: 'what traceroute and ping find on a way by two routers', print: '-n -v' },
  ({ network, report, check }) => {
    const [client, server] = [network.host('client'), network.host('server')];
    const [near, far] = [network.router('near'), network.router('far')];
    network.link(near, client, { subnet: '192.168.1.0/24', latency: ms(1) });
    network.link(near, far, { subnet: '198.51.100.0/30', latency: ms(10) });
    network.link(far, server, { subnet: '203.0.113.0/24', latency: ms(1) });
    network.capture(client);

    client.run('administrator', async (process) => {
      check((await traceroute(process, ['-n', server.address], report)) === 0, 'a trace');
      check((await ping(process, ['-c', '3', server.address], report)) === 0, 'answers');
    });
  },
);
