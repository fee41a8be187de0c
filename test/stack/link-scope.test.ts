/** Addresses that are valid on one link only, on hosts with two (RFC 4007, RFC 6724 §4). */
import { describe, expect, test } from 'vitest';
import { errnoOf } from '../help/peer.ts';
import { type Host, type Port, seconds, type TcpSocket } from '../../src/stack/index.ts';
import { IPV6_ANY, parseIpv6, printIp } from '../../src/wire/index.ts';
import { Segment } from '../help/segment.ts';
import { play } from '../sim/lab.ts';

/** The address of host 2 on its link, whichever that is. */
const TWO = parseIpv6('fe80::ff:fe00:2');

/** A host with two links, on each of which is another host of the same address. */
class Crossroads {
  readonly links: readonly Segment[];
  readonly host: Host;
  readonly others: readonly Host[];
  readonly ports: readonly Port[];

  constructor() {
    const first = new Segment();
    const second = new Segment('-nn -t', first.loop);
    this.links = [first, second];
    this.host = first.host(1, { address: '2001:db8:1::1/64' });
    second.plug(this.host, 7, { address: '2001:db8:2::1/64' });
    this.others = this.links.map((link) => link.host(2, { address: [], ipv6: 'is-up' }));
    this.ports = ['eth0', 'eth1'].map((name) => this.host.portNamed(name)!);
  }

  get now(): number {
    return this.links[0]!.loop.now;
  }

  passes(time = seconds(1)): void {
    this.links[0]!.after(time);
  }

  /** A server on each of the others. */
  listeners(port: number): TcpSocket[] {
    return this.others.map((other) => {
      const listener = other.tcpSocket('AF_INET6');
      listener.bind(IPV6_ANY, port);
      listener.listen(1, this.now);
      return listener;
    });
  }
}

describe('TCP', () => {
  test('the link that is named is the one, there and back', () => {
    const c = new Crossroads();
    const listeners = c.listeners(80);
    const clients = c.ports.map((port) => {
      const client = c.host.tcpSocket('AF_INET6');
      client.connect(TWO, 80, c.now, port);
      return client;
    });
    c.passes();
    for (const [i, client] of clients.entries()) {
      expect(client.connected()).toBe(true);
      expect(client.send(Uint8Array.of(i), c.now)).toBe(1);
    }
    c.passes();
    expect(listeners.map((each) => each.accept()?.recv(10, c.now))).toEqual([
      Uint8Array.of(0),
      Uint8Array.of(1),
    ]);
    const local = clients.map(({ localAddress }) => printIp(localAddress));
    expect(local).toEqual(['fe80::ff:fe00:1', 'fe80::ff:fe00:7']);
    expect(c.links[0]!.run(c.host, 'ss -tnH')).toMatch(
      / \[fe80::ff:fe00:7\]%eth1:\d+ +\[fe80::ff:fe00:2\]:80/,
    );
    for (const client of clients) client.close(c.now);
    c.passes(seconds(200));
    expect(c.host.counters.TcpRetransSegs).toBe(0);
  });

  test('who is connected to answers by the link that the SYN came by, and its RSTs too', () => {
    const c = new Crossroads();
    const listener = c.host.tcpSocket('AF_INET6');
    listener.bind(IPV6_ANY, 80);
    listener.listen(5, c.now);
    const clients = c.others.map((other, i) => {
      const client = other.tcpSocket('AF_INET6');
      const address = parseIpv6(`fe80::ff:fe00:${[1, 7][i]}`);
      client.connect(address, 80, c.now, other.portNamed('eth0'));
      return client;
    });
    const refused = c.others[1]!.tcpSocket('AF_INET6');
    refused.connect(parseIpv6('fe80::ff:fe00:7'), 81, c.now, c.others[1]!.portNamed('eth0'));
    c.passes();
    expect(clients.map((client) => client.connected())).toEqual([true, true]);
    expect(refused.takeError()).toBe('ECONNREFUSED');
    const links = [listener.accept(), listener.accept()].map((each) => each?.link?.interface.name);
    expect(links).toEqual(['eth0', 'eth1']);
    for (const client of clients) client.close(c.now);
    c.passes();
  });

  test('errors as of Linux: no link, another link, an address of another', () => {
    const c = new Crossroads();
    const [eth0, eth1] = c.ports;
    const open = (): TcpSocket => c.host.tcpSocket('AF_INET6');
    const one = parseIpv6('fe80::ff:fe00:1');
    expect(errnoOf(() => open().connect(TWO, 80, c.now))).toBe('EINVAL');
    expect(errnoOf(() => open().bind(one, 80))).toBe('EINVAL');
    expect(errnoOf(() => open().bind(one, 80, eth1))).toBe('EADDRNOTAVAIL');
    const bound = open();
    bound.bind(one, 80, eth0);
    expect(errnoOf(() => bound.connect(TWO, 80, c.now, eth1))).toBe('EINVAL');
    bound.connect(TWO, 80, c.now); // it has its link by now
    // The link of an address that needs none is not heeded.
    const global = open();
    global.connect(parseIpv6('2001:db8:1::9'), 80, c.now, eth1);
    expect(global.link).toBeUndefined();
  });

  test('the own address of a link is reached by loopback', () => {
    const c = new Crossroads();
    const listener = c.host.tcpSocket('AF_INET6');
    listener.bind(IPV6_ANY, 80);
    listener.listen(1, c.now);
    const client = c.host.tcpSocket('AF_INET6');
    client.connect(parseIpv6('fe80::ff:fe00:7'), 80, c.now, c.ports[1]);
    expect(client.state === 'ESTABLISHED' || client.isOpening).toBe(true);
  });
});

describe('UDP', () => {
  test('datagrams go by the link that is named, and tell which they came by', () => {
    const c = new Crossroads();
    const servers = c.others.map((other) => {
      const server = other.udpSocket('AF_INET6');
      server.bind(IPV6_ANY, 7);
      return server;
    });
    const client = c.host.udpSocket('AF_INET6');
    for (const port of c.ports) client.send(Uint8Array.of(1), TWO, 7, c.now, port);
    c.passes();
    for (const [i, server] of servers.entries()) {
      const datagram = server.receive();
      expect(datagram?.link).toBe('eth0');
      const link = c.others[i]!.portNamed('eth0');
      server.send(Uint8Array.of(2), datagram!.address, datagram!.port, c.now, link);
    }
    c.passes();
    expect([client.receive()?.link, client.receive()?.link]).toEqual(['eth0', 'eth1']);
  });

  test('connect and bind need the link; a port that nobody has is told of by the same', () => {
    const c = new Crossroads();
    const socket = c.host.udpSocket('AF_INET6');
    expect(errnoOf(() => socket.connect(TWO, 7))).toBe('EINVAL');
    expect(errnoOf(() => socket.bind(parseIpv6('fe80::ff:fe00:7'), 7))).toBe('EINVAL');
    socket.connect(TWO, 7, c.ports[1]);
    socket.send(Uint8Array.of(1), TWO, 7, c.now);
    c.passes();
    expect(socket.takeError()).toBe('ECONNREFUSED');
    const said = c.links[1]!.said().filter((line) => line.includes('unreachable'));
    expect(said).toHaveLength(1);
  });
});

test('programs write and read a zone behind the address', async () => {
  await play(({ network }) => {
    const host = network.host('host');
    const [left, right] = [network.host('left'), network.host('right')];
    for (const [i, other] of [left, right].entries()) {
      network.link(host, other, { subnet: `2001:db8:${i}::/64` });
      other.run('server', async (process) => {
        const listener = process.socket('stream', 'AF_INET6');
        listener.bind(80);
        listener.listen();
        const connection = await listener.accept();
        expect(connection.remote?.address).toMatch(/^fe80::.*%eth0$/);
        await connection.send(other.name);
        await connection.close();
      });
    }
    host.run('client', async (process) => {
      await process.sleep(1);
      for (const [i, other] of [left, right].entries()) {
        const addresses = other.stack.interfaces[1]!.addresses.map(({ address }) =>
          printIp(address),
        );
        const address = `${addresses.find((each) => each.startsWith('fe80'))}%eth${i}`;
        const socket = process.socket('stream');
        await socket.connect({ address, port: 80 });
        expect(socket.remote).toEqual({ address, port: 80 });
        expect(socket.local.address).toMatch(new RegExp(`^fe80::.*%eth${i}$`));
        expect(await socket.recvText()).toBe(other.name);
      }
      const nowhere = process.socket('stream');
      await expect(nowhere.connect({ address: 'fe80::1%eth9', port: 80 })).rejects.toThrow(
        'ENODEV',
      );
      await expect(nowhere.connect({ address: 'fe80::1', port: 80 })).rejects.toThrow('EINVAL');
    });
  });
});
