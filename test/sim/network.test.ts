/** Hosts, links and switches as scenarios put them together. */
import { describe, expect, test } from 'vitest';
import { linux26, linux6, ms, seconds, us, windows7 } from '../../src/stack/index.ts';
import { latencies } from '../../src/sim/index.ts';
import { LinkType, printIpv4 } from '../../src/wire/index.ts';
import { errno, listening, type Observed, play, senderOf } from './lab.ts';

describe('pair', () => {
  test('two hosts in 10.0.0.0/24 with a link between', async () => {
    await play(({ network }) => {
      const [client, server] = network.pair();
      expect(network.hosts).toEqual([client, server]);
      expect([client.name, server.name]).toEqual(['client', 'server']);
      expect(client.interface('eth0').stack.mac).toBe(0x02_00_00_00_00_01);
      expect(server.interface('eth0').stack.mac).toBe(0x02_00_00_00_00_02);
    });
  });

  test('with profiles and addresses of their own', async () => {
    const { frames } = await play(({ network }) => {
      const [client, server] = network.pair(
        {},
        {
          client: { profile: windows7, address: '192.168.1.1/24' },
          server: { profile: linux26, address: '192.168.1.2/24' },
        },
      );
      server.run('server', async (process) => {
        await (await listening(process).accept()).recv();
      });
      client.run('client', async (process) => {
        await process.socket('stream').connect({ address: '192.168.1.2', port: 80 });
      });
    });
    const ttls = frames.flatMap(({ frame }) =>
      frame.ipv4 ? [[senderOf(frame), frame.ipv4.ttl]] : [],
    );
    expect(new Map(ttls as [string, number][]).get('192.168.1.2.80')).toBe(64);
    expect(new Set(ttls.map(([, ttl]) => ttl))).toEqual(new Set([128, 64]));
  });

  test('a link of two different directions', async () => {
    const { frames } = await play(({ network }) => {
      const [client] = network.pair({ aToB: { latency: ms(1) }, bToA: { latency: ms(20) } });
      client.run('client', async (process) => {
        await errno(() => process.socket('stream').connect({ address: '10.0.0.2', port: 80 }));
      });
    });
    expect(frames.slice(0, 4).map(({ at }) => at)).toEqual([0, ms(21), ms(21), ms(42)]);
  });
});

describe('a switch', () => {
  const threeHosts = (): Promise<Observed> =>
    play(({ network }) => {
      const middle = network.switch();
      const hosts = [1, 2, 3].map((n) => network.host(`h${n}`, { address: `10.0.0.${n}/24` }));
      for (const host of hosts) network.link(host, middle, { latency: us(10) });
      for (const host of hosts) network.capture(host, { name: host.name });
      hosts[1]?.run('server', async (process) => {
        const connection = await listening(process).accept();
        expect(await connection.recvText()).toBe('hello');
      });
      hosts[0]?.run('client', async (process) => {
        const socket = process.socket('stream');
        await socket.connect({ address: '10.0.0.2', port: 80 });
        await socket.send('hello');
        await socket.close();
      });
    });

  test('carries what two hosts say to each other; the third hears the question of ARP only', async () => {
    const { frames } = await threeHosts();
    const third = frames.filter(({ capture }) => capture.name === 'h3');
    expect(third).toHaveLength(1);
    expect(third[0]?.frame.arp?.operation).toBe(1);
    const first = frames.filter(({ capture }) => capture.name === 'h1').map(({ bytes }) => bytes);
    const second = frames.filter(({ capture }) => capture.name === 'h2').map(({ bytes }) => bytes);
    expect(first).toHaveLength(second.length);
    expect(new Set(first)).toEqual(new Set(second)); // the same bytes, not copies
  });

  test('joins switches', () =>
    play(({ network }) => {
      const [a, b] = [network.switch(), network.switch()];
      network.link(a, b);
      const one = network.host('one', { address: '10.0.0.1/24' });
      const two = network.host('two', { address: '10.0.0.2/24' });
      network.link(one, a);
      network.link(two, b);
      one.run('one', async (process) => {
        expect(
          await errno(() => process.socket('stream').connect({ address: '10.0.0.2', port: 80 })),
        ).toBe('ECONNREFUSED');
      });
    }));
});

describe('interfaces', () => {
  test('a host with two, each in its own network', () =>
    play(({ network }) => {
      const middle = network.host('middle', { address: '10.0.1.1/24' });
      const eth1 = network.interface(middle, 'eth1', { address: '10.0.2.1/24', mtu: 900 });
      const left = network.host('left', { address: '10.0.1.2/24' });
      const right = network.host('right', { address: '10.0.2.2/24' });
      network.link(left, middle);
      network.link(eth1, right);
      for (const host of [left, right]) {
        host.run('server', async (process) => {
          await (await listening(process).accept()).recv();
        });
      }
      middle.run('client', async (process) => {
        for (const [address, own] of [
          ['10.0.1.2', '10.0.1.1'],
          ['10.0.2.2', '10.0.2.1'],
        ] as const) {
          const socket = process.socket('stream');
          await socket.connect({ address, port: 80 });
          expect(socket.local.address).toBe(own);
          expect(socket.getsockopt('TCP_MAXSEG')).toBe((own === '10.0.1.1' ? 1500 : 900) - 52);
          await socket.close();
        }
      });
    }));

  test('checksum offload leaves checksums to the device', async () => {
    const sums: number[] = [];
    const { frames } = await play(({ network }) => {
      const one = network.host('one');
      const eth0 = network.interface(one, 'eth0', {
        address: '10.0.0.1/24',
        checksumOffload: true,
      });
      network.link(eth0, network.host('two', { address: '10.0.0.2/24' }));
      one.run('client', async (process) => {
        for (const port of [80, 81]) {
          await errno(() => process.socket('stream').connect({ address: '10.0.0.2', port }));
        }
      });
    });
    for (const { frame } of frames) {
      if (frame.tcp && printIpv4(frame.ipv4?.source ?? 0) === '10.0.0.1') {
        sums.push(frame.tcp.checksum);
      }
    }
    expect(sums).toHaveLength(2);
    expect(new Set(sums).size).toBe(1); // the pseudo-header's, which is the same for both
  });

  test('a latency of receiving lies behind the capture', async () => {
    const { frames } = await play(({ network }) => {
      const one = network.host('one');
      const eth0 = network.interface(one, 'eth0', {
        address: '10.0.0.1/24',
        receiveLatency: latencies([us(30), us(40)]),
      });
      const two = network.host('two', { address: '10.0.0.2/24' });
      network.link(eth0, two);
      one.run('client', async (process) => {
        await errno(() => process.socket('stream').connect({ address: '10.0.0.2', port: 80 }));
        expect(process.now).toBe(us(70));
      });
    });
    expect(frames.slice(0, 4).map(({ at }) => at)).toEqual([0, 0, us(30), us(30)]);
  });

  test('mistakes are named', () =>
    play(({ network }) => {
      const bare = network.host('bare');
      const host = network.host('host', { address: '10.0.0.1/24' });
      expect(() => network.host('host')).toThrow('there is a host "host" already');
      expect(() => network.host('old', { profile: 'linux-3' as never })).toThrow(
        "a profile is linux6, or PROFILES.get('linux-6'), not a name",
      );
      expect(() =>
        network.link(network.switch(), network.switch(), { latency: '1s' as never }),
      ).toThrow('a latency is a whole number of nanoseconds, 0 or more, not 1s');
      expect(() => network.interface(host, 'eth0', { address: '10.0.1.1/24' })).toThrow(
        'host has a eth0 already',
      );
      expect(() => network.interface(host, 'lo', { address: '10.0.1.1/24' })).toThrow(RangeError);
      expect(() => host.interface('eth7')).toThrow('host has no interface "eth7"');
      const none = 'no interface left to be linked, and the link no subnet to give it one';
      expect(() => network.link(bare, host)).toThrow(`bare has ${none}`);
      expect(() => network.capture(bare)).toThrow('bare has no interface "eth0"');
      expect(() => network.host('x', { address: '10.0.0.1' })).toThrow(
        'not an IPv4 address with a prefix length: "10.0.0.1"',
      );
      network.link(host, network.switch());
      expect(() => network.link(host, network.switch())).toThrow(`host has ${none}`);
      expect(() => network.link(network.switch(), network.switch(), { latency: -1 })).toThrow(
        'a latency is',
      );
    }));
});

describe('chance', () => {
  test('what a link loses does not depend on what other links do', async () => {
    const arrivals = async (others: number): Promise<number[]> => {
      const { drops } = await play(({ network }) => {
        const one = network.host('one', { address: '10.0.0.1/24' });
        const two = network.host('two', { address: '10.0.0.2/24' });
        network.link(one, two, { latency: ms(1), netem: 'loss 30%' });
        for (let i = 0; i < others; i++) {
          const host = network.host(`other${i}`, { address: `10.1.${i}.1/24` });
          network.link(host, network.switch(), { netem: 'loss 50%' });
          host.run('chatter', async (process) => {
            const socket = process.socket('datagram');
            for (let n = 0; n < 20; n++) {
              socket.send('x', { address: `10.1.${i}.2`, port: 9 });
              await process.sleep(ms(30));
            }
          });
        }
        one.run('sender', async (process) => {
          const socket = process.socket('datagram');
          for (let n = 0; n < 40; n++) {
            socket.send('x', { address: '10.0.0.2', port: 9 });
            await process.sleep(ms(10));
          }
        });
      });
      return drops.filter(({ where }) => where === 'one – two').map(({ at }) => at);
    };
    const alone = await arrivals(0);
    expect(alone.length).toBeGreaterThan(5);
    expect(await arrivals(3)).toEqual(alone);
  });

  test('hosts have been up for different times, and choose different numbers', async () => {
    const { frames } = await play(({ network }) => {
      const middle = network.switch();
      const server = network.host('server', { address: '10.0.0.100/24', profile: linux6 });
      network.link(server, middle);
      network.capture(server);
      for (let n = 1; n <= 3; n++) {
        const host = network.host(`h${n}`, { address: `10.0.0.${n}/24` });
        network.link(host, middle);
        host.run('client', async (process) => {
          await errno(() => process.socket('stream').connect({ address: '10.0.0.100', port: 80 }));
        });
      }
    });
    const syns = frames.flatMap(({ frame: { tcp } }) =>
      tcp && (tcp.flags & 2) !== 0 ? [tcp] : [],
    );
    expect(syns).toHaveLength(3);
    expect(new Set(syns.map(({ seq }) => seq)).size).toBe(3);
    expect(new Set(syns.map(({ sourcePort }) => sourcePort)).size).toBe(3);
  });
});

describe('what is captured where a scenario does not say', () => {
  test('the first host’s first Ethernet interface', async () => {
    const { captures } = await play(({ network }) => {
      const host = network.host('host');
      network.interface(host, 'wlan0', { address: '10.0.0.1/24' });
    });
    expect(captures).toMatchObject([{ id: 0, name: 'wlan0', linkType: LinkType.ethernet }]);
  });

  test('or its loopback', async () => {
    const { captures } = await play(({ network }) => void network.host('host'));
    expect(captures).toMatchObject([{ id: 0, name: 'lo' }]);
  });

  test('or nothing, without a host', async () => {
    const { captures, result } = await play(() => {});
    expect(captures).toEqual([]);
    expect(result).toEqual({ seed: 1, events: 0, endedAt: 0 });
  });

  test('loopback shows each frame once', async () => {
    const { frames } = await play(({ network }) => {
      network.host('host').run('client', async (process) => {
        const to = { address: '127.0.0.1', port: 80 };
        expect(await errno(() => process.socket('stream').connect(to))).toBe('ECONNREFUSED');
      });
    });
    expect(frames).toHaveLength(2);
    expect(seconds(1)).toBeGreaterThan(frames[1]?.at ?? Infinity);
  });
});
