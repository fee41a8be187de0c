/**
 * What happens before a page is there: a laptop without an address gets one (DHCP), asks for a name
 * (DNS), and fetches the page (HTTP).
 *
 *     laptop ──┐
 *              home ── router ════════ provider ┬─ names  198.51.100.53
 *              192.168.1.0/24                   └─ www    198.51.100.80
 *
 * The capture is the laptop's. DISCOVER and REQUEST go from 0.0.0.0 to everybody; an ARP probe asks
 * for two seconds whether another has the address; then ARP for the router; A and AAAA are asked at
 * once; and the TCP connection is the last thing of all.
 */
import { ms, scenario, us } from 'tcpetri';
import { curl, DhcpClient, parseZone, serveDhcp, serveDns, serveHttp } from 'tcpetri/services';

const ZONE = parseZone(`
$ORIGIN example.com.
@    SOA   names hostmaster 1 7200 900 1209600 300
www  A     198.51.100.80
home CNAME www
`);

export default scenario(
  'services/dhcp-dns-http',
  { summary: 'an address by DHCP, a name by DNS, a page by HTTP', print: '-n -v' },
  ({ network, report, check }) => {
    const home = network.switch('192.168.1.0/24');
    const provider = network.switch('198.51.100.0/24');
    const router = network.router('router');
    const laptop = network.host('laptop');
    network.interface(laptop, 'eth0', { address: [] }); // it begins without an address
    const names = network.host('names', { address: '198.51.100.53/24' });
    const www = network.host('www', { address: '198.51.100.80/24' });
    network.link(router, home, { latency: us(100) });
    network.link(laptop, home, { latency: us(100) });
    for (const each of [router, names, www]) network.link(each, provider, { latency: ms(5) });
    network.capture(laptop);

    router.run(
      'dhcpd',
      (process) =>
        serveDhcp(process, {
          pool: ['192.168.1.100', '192.168.1.199'],
          routers: ['192.168.1.1'],
          nameservers: ['198.51.100.53'],
        }),
      { daemon: true },
    );
    names.run('named', (process) => serveDns(process, ZONE), { daemon: true });
    www.run(
      'httpd',
      (process) => serveHttp(process, ({ path }) => ({ body: `You asked for ${path}.\n` })),
      { daemon: true },
    );

    const dhcp = new DhcpClient(laptop);
    laptop.run('udhcpc', (process) => dhcp.run(process), { daemon: true });
    laptop.run('curl', async (process) => {
      await dhcp.bound(process);
      check(laptop.address === '192.168.1.100', 'the first address of the pool');
      const text = await curl(process, '-v http://home.example.com/news');
      report(text);
      check(text.includes('You asked for /news.'), 'the page');
    });
  },
);
