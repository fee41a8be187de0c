/**
 * A host is plugged into a network of IPv6 and is given nothing: it makes itself a link-local
 * address, asks whether another host has it, finds the router, makes a global address of the
 * router's prefix (SLAAC, RFC 4862), and talks to a server behind the router.
 */
import { ms, scenario } from 'tcpetri';

export default scenario(
  'ipv6/plugged-in',
  {
    summary: 'IPv6: duplicate detection, router discovery, SLAAC, TCP',
    print: '-n',
  },
  ({ network, check }) => {
    const router = network.router('router', { address: '2001:db8:1::1/64' });
    const outside = network.interface(router, 'eth1', { address: '2001:db8:2::1/64' });
    const server = network.host('server', { address: '2001:db8:2::80/64' });
    const client = network.host('client', { address: [], ipv6: 'comes-up' });
    network.link(client, router.interface('eth0'), { latency: ms(1) });
    network.link(server, outside, { latency: ms(5) });
    network.capture(client);
    router.interface('eth0').advertise();

    server.run('server', async (process) => {
      const listener = process.socket('stream', 'AF_INET6');
      listener.bind(80);
      listener.listen();
      const connection = await listener.accept();
      await connection.send('welcome\n');
      await connection.close();
    });

    client.run('client', async (process) => {
      await process.sleep(ms(4000)); // until it has an address
      const connection = process.socket('stream', 'AF_INET6');
      await connection.connect({ address: '2001:db8:2::80', port: 80 });
      check((await connection.recvText()) === 'welcome\n', 'the client to read welcome');
      await connection.close();
    });
  },
);
