/**
 * An interface that comes up tells the link its addresses, where arp_notify asks for that: by
 * requests for one's own address (gratuitous ARP). Who knew the host by an old hardware address
 * has forgotten it when the link went down, and asks again.
 */
import { ping, scenario } from 'tcpetri';
import { SERVER, twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/arp/gratuitous-and-announce',
  { summary: 'a host tells its link of itself', start: '2026-01-01T04:16:29Z' },
  ({ network, at, check, report }) => {
    const { client, server } = twoHosts(network, { at, asksNeighbors: true });
    server.command('sysctl -w net.ipv4.conf.all.arp_notify=1');

    server.run('administrator', async (process) => {
      await process.sleepUntil(at('04:16:29.520'));
      server.command('ip link set eth0 down');
      await process.sleepUntil(at('04:16:29.522535'));
      server.command('ip link set eth0 up');
      await process.sleepUntil(at('04:16:30.029493'));
      server.command('ip link set eth0 down');
      server.command('ip link set eth0 address 02:00:00:00:99:99');
      await process.sleepUntil(at('04:16:30.036523'));
      server.command('ip link set eth0 up');
    });

    for (const instant of ['04:16:30.028642', '04:16:30.548246']) {
      client.run('ping', async (process) => {
        await process.sleepUntil(at(instant));
        check(client.command('ip neigh') === '', 'nobody is known');
        await ping(process, ['-c', '1', SERVER], report);
      });
    }
  },
);
