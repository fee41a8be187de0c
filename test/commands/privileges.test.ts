/** What a user who is not root is told, and what root changes by net-tools, as on Debian 12. */
import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../terminal/terminals.ts';

const NETLINK = 'RTNETLINK answers: Operation not permitted';

/** Of a line on a host whose interface is 10.0.0.1/24: what is said, and the status. */
async function told(line: string): Promise<readonly [string, number]> {
  const { output, errors, status } = await outcomeOf(line);
  return [output + errors, status];
}

describe('a user who is not root', () => {
  // prettier-ignore
  test.each([
    ['ip addr add 10.0.0.9/24 dev eth0', NETLINK, 2],
    ['ip addr add fd00::9/64 dev eth0', NETLINK, 2],
    ['ip addr add foo dev eth0', 'Error: any valid prefix is expected rather than "foo".', 1],
    ['ip addr flush dev eth0', 'Failed to send flush request: Operation not permitted', 255],
    ['ip link set eth0 down', NETLINK, 2],
    ['ip link set eth9 down', 'Cannot find device "eth9"', 1],
    ['ip route add default via 10.0.0.2', NETLINK, 2],
    ['ip route flush dev eth0', 'Failed to send flush request: Operation not permitted', 2],
    ['ip neigh add 10.0.0.3 lladdr 02:00:00:00:00:03 dev eth0', NETLINK, 2],
    ['ip tcp_metrics flush', NETLINK, 2],
    ['tc qdisc add dev eth0 root pfifo limit 5', NETLINK, 2],
    ['arp -d 10.0.0.2', 'SIOCDARP(dontpub): Operation not permitted', 255],
    ['arp -s 10.0.0.3 02:00:00:00:00:03', 'SIOCSARP: Operation not permitted', 255],
    ['route add default gw 10.0.0.2', 'SIOCADDRT: Operation not permitted', 7],
    ['route del default', 'SIOCDELRT: Operation not permitted', 7],
    ['sysctl -w net.ipv4.tcp_sack=0', 'sysctl: permission denied on key "net.ipv4.tcp_sack"', 1],
    ['nc -l 80', 'nc: Permission denied', 1],
    ['nc -lu 80', 'nc: Permission denied', 1],
    ['nc -p 80 10.0.0.2 9', 'nc: bind failed: Permission denied', 1],
    ['traceroute -T 10.0.0.2', 'You do not have enough privileges to use this traceroute method.\nsocket: Operation not permitted', 1],
    ['arping -c 1 -I eth0 10.0.0.2', 'arping: socket: Operation not permitted', 2],
    ['ping -l 5 10.0.0.1', 'ping: cannot set preload to value greater than 3: 5', 2],
    ['timeout 1 arping -c 1 -I eth0 10.0.0.2', 'arping: socket: Operation not permitted', 2],
  ])('%s', async (line, complaint, status) => {
    expect(await told(`sudo -u ada ${line}`)).toEqual([`${complaint}\n`, status]);
  });

  test('looks, pings, and binds what ports there are for users', async () => {
    const [text, status] = await told(
      'sudo -u ada ping -c 1 -q 127.0.0.1 | grep -c " 0% packet loss"; ' +
        'sudo -u ada ip route get 127.0.0.1 | head -n 1; sudo -u ada timeout 1 nc -l 1024; ' +
        'sysctl -w net.ipv4.ip_unprivileged_port_start=80; sudo -u ada timeout 1 nc -l 80',
    );
    expect(text.split('\n').slice(0, 2)).toEqual([
      '1',
      expect.stringMatching(/^local 127\.0\.0\.1 dev lo src 127\.0\.0\.1 uid 1000\s*$/),
    ]);
    expect(status).toBe(124); // nobody came until the time was over
  });

  test('does not flood', async () => {
    for (const flood of ['-f', '-i 0.001']) {
      const [text, status] = await told(`sudo -u ada ping ${flood} -c 1 127.0.0.1`);
      expect(text).toContain('\nping: cannot flood; minimal interval allowed for user is 2ms\n');
      expect(status).toBe(2);
    }
  });
});

describe('root, by net-tools', () => {
  test('changes neighbours and routes', async () => {
    const line =
      'arp -s 10.0.0.20 02:00:00:00:00:20 && ip neigh && arp -d 10.0.0.20 && ip neigh; ' +
      'route add -net 10.5.0.0 netmask 255.255.0.0 gw 10.0.0.2 && route add default gw 10.0.0.3 && ' +
      'route add -host 10.6.0.1 dev eth0 && route -n | grep -c eth0 && route del default && ' +
      'route del -net 10.5.0.0/16 && route del -host 10.6.0.1 && route -n | grep -c eth0';
    const [text] = await told(line);
    expect(text).toBe('10.0.0.20 dev eth0 lladdr 02:00:00:00:00:20 PERMANENT \n4\n1\n');
  });

  // prettier-ignore
  test.each([
    ['arp -d 10.0.0.21', 'No ARP entry for 10.0.0.21', 255],
    ['arp -d 10.9.1.21', 'SIOCDARP(dontpub): Network is unreachable', 255],
    ['arp -d', 'arp: need host name', 255],
    ['arp -s 10.0.0.3', 'arp: need hardware address', 255],
    ['arp -s 10.0.0.3 zz', 'arp: invalid hardware address', 255],
    ['arp -s 10.0.0.3 02:00:00:00:00:03 -i eth9', 'SIOCSARP: No such device', 255],
    ['route add default gw 10.0.0.2; route add default gw 10.0.0.2', 'SIOCADDRT: File exists', 7],
    ['route del default', 'SIOCDELRT: No such process', 7],
    ['route add -net 10.5.0.0/16 gw 10.9.0.2', 'SIOCADDRT: Network is unreachable', 7],
    ['route add -net 10.5.0.1/16 gw 10.0.0.2', "route: netmask doesn't match route address", 3],
    ['route add default gw 10.0.0.2 eth7', 'SIOCADDRT: No such device', 7],
  ])('%s', async (line, complaint, status) => {
    expect(await told(line)).toEqual([`${complaint}\n`, status]);
  });
});
