/** DHCP: messages, a client that gets, keeps and loses an address, a server, and noise. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeDhcp,
  DhcpClient,
  dhcpMessage,
  DhcpOption,
  DhcpType,
  encodeDhcp,
  type Lease,
  octetOption,
  serveDhcp,
  typeOf,
  wordsOption,
} from '../../src/services/index.ts';
import type { Network, Process, SimulatedHost, Switch } from '../../src/sim/index.ts';
import { type Duration, minutes, ms, seconds } from '../../src/stack/index.ts';
import {
  DecodeError,
  must,
  parseIp,
  parseIpv4,
  printIp,
  readIpv4OverEthernet,
} from '../../src/wire/index.ts';
import { errno, type Observed, play } from '../sim/lab.ts';

const POOL = ['10.0.0.100', '10.0.0.101'] as const;

interface Lan {
  readonly network: Network;
  readonly server: SimulatedHost;
  /** A host whose eth0 has no address, and its client. */
  readonly join: (name: string) => {
    readonly host: SimulatedHost;
    readonly dhcp: DhcpClient;
    readonly center: Switch;
  };
}

/** A LAN without a server of DHCP. */
function lan(build: (lan: Lan) => void): Promise<Observed> {
  return play(
    ({ network }) => {
      const center = network.switch();
      const server = network.host('server', { address: '10.0.0.1/24' });
      network.link(server, center);
      network.capture(server);
      const join: Lan['join'] = (name) => {
        const host = network.host(name);
        network.link(network.interface(host, 'eth0', { address: [] }), center);
        return { host, dhcp: new DhcpClient(host), center };
      };
      build({ network, server, join });
    },
    { linger: ms(100) },
  );
}

function serve(server: SimulatedHost, leaseTime: Duration = seconds(3600)): void {
  const options = { pool: POOL, leaseTime, routers: ['10.0.0.1'], nameservers: ['10.0.0.1'] };
  server.run('dhcpd', (process) => serveDhcp(process, options), { daemon: true });
}

function start({ host, dhcp }: ReturnType<Lan['join']>): void {
  host.run('udhcpc', (process) => dhcp.run(process), { daemon: true });
}

/** The types of the messages, as they crossed the server's link. */
function types({ frames }: Observed): string[] {
  const names = Object.entries(DhcpType);
  return frames.flatMap(({ frame }) => {
    if (frame.udp?.destinationPort !== 67 && frame.udp?.destinationPort !== 68) return [];
    const type = typeOf(must(decodeDhcp(frame.udp.payload)));
    return names.filter(([, number]) => number === type).map(([name]) => name);
  });
}

describe('a client', () => {
  test('gets an address, a route and a resolver', async () => {
    const seen = await lan(({ server, join }) => {
      serve(server);
      const member = join('a');
      start(member);
      member.host.run('program', async (process) => {
        const { address, prefixLength } = await member.dhcp.bound(process);
        expect([printIp(address), prefixLength]).toEqual(['10.0.0.100', 24]);
        expect(member.dhcp.state).toBe('BOUND');
        expect(process.sourceFor(parseIp('192.0.2.1'))).toBe(address); // by the router
        expect(member.host.resolver).toBeDefined();
        const socket = process.socket('datagram');
        socket.connect({ address: '10.0.0.1', port: 9 });
        socket.send('x');
        expect(await errno(() => socket.recv())).toBe('ECONNREFUSED');
      });
    });
    expect(types(seen)).toEqual(['discover', 'offer', 'request', 'ack']);
  });

  test('asks at T1 for what it has, and keeps it', async () => {
    const seen = await lan(({ server, join }) => {
      serve(server, seconds(100));
      const member = join('a');
      start(member);
      member.host.run('program', (process) => process.sleep(seconds(120)));
    });
    const atFirst = ['discover', 'offer', 'request', 'ack'];
    // … and at 50 s, and at 100 s.
    expect(types(seen)).toEqual([...atFirst, 'request', 'ack', 'request', 'ack']);
  });

  test('loses it when nobody answers, by T2 and by everybody, until the time is over', async () => {
    const seen = await lan(({ server, join }) => {
      const options = { pool: POOL, leaseTime: seconds(1000) };
      server.run('dhcpd', async (process) => {
        process.thread(() => serveDhcp(process, options));
        await process.sleep(seconds(10));
      }); // and its socket is closed
      const member = join('a');
      start(member);
      member.host.run('program', async (process) => {
        await process.sleep(seconds(510));
        expect(member.dhcp.state).toBe('RENEWING');
        await process.sleep(seconds(400));
        expect(member.dhcp.state).toBe('REBINDING');
        expect(member.host.address).toBe('10.0.0.100');
        await process.sleep(seconds(100));
        expect(() => member.host.address).toThrow('a has no address');
        expect(process.sourceFor(parseIp('10.0.0.1'))).toBeUndefined();
      });
    });
    expect(types(seen).filter((type) => type === 'request').length).toBeGreaterThan(3);
  });

  test('waits longer and longer where nobody is: 4, 8, 16, 32, 64, 64 seconds', async () => {
    const { frames } = await lan(({ join }) => {
      const member = join('a');
      start(member);
      member.host.run('program', (process) => process.sleep(minutes(5)));
    });
    const times = frames.map(({ at }) => at);
    const waits = times.slice(1).map((at, i) => (at - times[i]!) / seconds(1));
    expect(waits.length).toBeGreaterThan(5);
    for (const [i, expected] of [4, 8, 16, 32, 64, 64].entries()) {
      expect(Math.abs(waits[i]! - expected)).toBeLessThanOrEqual(1);
    }
  });

  test('gives its address back, and another gets it', () =>
    lan(({ server, join }) => {
      serve(server);
      const [a, b, c] = [join('a'), join('b'), join('c')];
      for (const member of [a, b]) start(member);
      a.host.run('program', async (process) => {
        await a.dhcp.bound(process);
        await b.dhcp.bound(process);
        start(c);
        await process.sleep(ms(10));
        expect(c.dhcp.lease).toBeUndefined(); // there are two
        const { address } = a.dhcp.lease!;
        a.dhcp.release(process);
        expect((await c.dhcp.bound(process)).address).toBe(address);
      });
    }));
});

describe('an address that another host has', () => {
  test('is asked for by ARP, declined, and another one taken 20 s later', async () => {
    const seen = await lan(({ network, server, join }) => {
      serve(server);
      const other = network.host('other', { address: '10.0.0.100/24' });
      const member = join('a');
      network.link(other, member.center);
      start(member);
      member.host.run('program', async (process) => {
        const { address } = await member.dhcp.bound(process);
        expect(printIp(address)).toBe('10.0.0.101');
        expect(process.now).toBe(seconds(22)); // and two in which nobody answered
      });
    });
    const once = ['discover', 'offer', 'request', 'ack'];
    expect(types(seen)).toEqual([...once, 'decline', ...once]);
    const asked = seen.frames.flatMap(({ frame }) => {
      const arp = frame.arp && readIpv4OverEthernet(frame.arp);
      return arp?.senderAddress === 0 ? [printIp(arp.targetAddress)] : [];
    });
    expect(asked).toEqual(['10.0.0.100', '10.0.0.101']);
  });
});

describe('a host that is started again', () => {
  const DAY = seconds(86_400);
  const lease = (address: string): Lease => ({
    address: parseIpv4(address),
    prefixLength: 24,
    routers: [],
    nameservers: [],
    server: parseIpv4('10.0.0.1'),
    renewAt: DAY / 2,
    rebindAt: DAY - 1,
    endsAt: DAY,
  });

  /** What a client with such a lease says, and the address that it has then. */
  async function again(
    remembered: string,
    isServed: boolean,
    isKnown: boolean,
  ): Promise<{ said: string[]; address: string; took: number }> {
    let [address, took] = ['', 0];
    const seen = await lan(({ server, join }) => {
      if (isServed) serve(server);
      const { host, dhcp: first } = join('a');
      host.run('program', async (process) => {
        if (isKnown) {
          const run = first.run(process).catch(() => undefined); // until its process ends
          const { address: lent } = await first.bound(process);
          await process.exit();
          await run;
          host.stack.removeAddress('eth0', { address: lent, length: 24 });
        }
      });
      host.run('second', async (process) => {
        await process.sleep(seconds(5));
        const client = new DhcpClient(host, 'eth0', lease(remembered));
        expect(client.state).toBe('INIT-REBOOT');
        host.run('udhcpc', (daemon) => client.run(daemon), { daemon: true });
        address = printIp((await client.bound(process)).address);
        took = process.now - seconds(5);
      });
    });
    return { said: types(seen), address, took };
  }
  const once = ['discover', 'offer', 'request', 'ack'];

  test('asks for what it had, without looking for a server', async () => {
    const { said, address } = await again('10.0.0.100', true, true);
    expect([said, address]).toEqual([[...once, 'request', 'ack'], '10.0.0.100']);
  });

  test('is refused what is of another network, and begins anew', async () => {
    const { said, address } = await again('192.0.2.100', true, false);
    expect([said, address]).toEqual([['request', 'nak', ...once], '10.0.0.100']);
  });

  test('keeps it where nobody answers, as long as it lasts', async () => {
    const { said, address, took } = await again('10.0.0.77', false, false);
    expect([said, address]).toEqual([Array.from({ length: 4 }, () => 'request'), '10.0.0.77']);
    expect(took).toBeGreaterThan(seconds(50));
  });
});

describe('a server', () => {
  /** Sends a message as a client does, and takes the types of the answers. */
  async function ask(
    process: Process,
    type: number,
    ...options: ReturnType<typeof octetOption>[]
  ): Promise<number | undefined> {
    const socket = process.socket('datagram');
    socket.setsockopt('SO_BROADCAST', 1);
    socket.setsockopt('SO_BINDTODEVICE', 'eth0');
    socket.bind(68);
    const message = dhcpMessage({
      op: 1,
      xid: 7,
      mac: 0x02_00_00_00_00_99,
      flags: 0x8000,
      options: [octetOption(DhcpOption.messageType, type), ...options],
    });
    socket.send(encodeDhcp(message), { address: '255.255.255.255', port: 67 });
    const answer = await socket.recv(seconds(1)).catch(() => undefined);
    socket.close();
    return answer && typeOf(must(decodeDhcp(answer.payload)));
  }

  const wanted = (text: string): ReturnType<typeof wordsOption> =>
    wordsOption(DhcpOption.requestedAddress, parseIpv4(text));
  const from = wordsOption(DhcpOption.serverIdentifier, parseIpv4('10.0.0.1'));

  test('refuses what it has not offered, and is silent where it knows nothing', () =>
    lan(({ server, join }) => {
      serve(server);
      join('a').host.run('program', async (process) => {
        await process.sleep(1);
        expect(await ask(process, DhcpType.request, wanted('10.0.0.100'))).toBeUndefined();
        expect(await ask(process, DhcpType.request, wanted('192.0.2.1'))).toBe(DhcpType.nak);
        expect(await ask(process, DhcpType.discover)).toBe(DhcpType.offer);
        expect(await ask(process, DhcpType.request, from, wanted('10.0.0.101'))).toBe(DhcpType.nak);
        expect(await ask(process, DhcpType.request, from, wanted('10.0.0.100'))).toBe(DhcpType.ack);
        expect(await ask(process, DhcpType.decline, wanted('10.0.0.100'))).toBeUndefined();
        expect(await ask(process, DhcpType.inform)).toBe(DhcpType.ack);
        expect(await ask(process, 99)).toBeUndefined();
      });
    }));

  test('law: any octets leave it serving', () =>
    fc.assert(
      fc.asyncProperty(NOISE, async (noise) => {
        await lan(({ server, join }) => {
          serve(server);
          const member = join('a');
          member.host.run('program', async (process) => {
            await process.sleep(1);
            const socket = process.socket('datagram');
            socket.setsockopt('SO_BROADCAST', 1);
            socket.setsockopt('SO_BINDTODEVICE', 'eth0');
            for (const octets of noise) {
              socket.send(octets, { address: '255.255.255.255', port: 67 });
            }
            start(member);
            await member.dhcp.bound(process);
          });
        });
      }),
      { numRuns: 40 },
    ));

  test('law: a client goes on, whatever it is answered', () =>
    fc.assert(
      fc.asyncProperty(NOISE, async (noise) => {
        await lan(({ server, join }) => {
          const member = join('a');
          start(member);
          server.run('noise', async (process) => {
            const socket = process.socket('datagram');
            socket.setsockopt('SO_BROADCAST', 1);
            socket.setsockopt('SO_BINDTODEVICE', 'eth0');
            socket.bind(67);
            for (const octets of noise) {
              const { payload } = await socket.recv();
              // As if to what was asked: the header of an answer, with other options.
              const reply = octets.length > 240 ? octets.slice() : payload.slice();
              reply.set(payload.subarray(0, 44));
              reply[0] = 2;
              reply.set(octets.subarray(0, 4), 16);
              if (octets.length <= 240) reply.set(octets.subarray(4), 240);
              socket.send(reply, { address: '255.255.255.255', port: 68 });
            }
          });
        });
      }),
      { numRuns: 40 },
    ));
});

const PLAIN = encodeDhcp(
  dhcpMessage({
    op: 2,
    xid: 1,
    mac: 2,
    yiaddr: parseIpv4('10.0.0.100'),
    options: [
      octetOption(DhcpOption.messageType, DhcpType.offer),
      wordsOption(DhcpOption.serverIdentifier, parseIpv4('10.0.0.1')),
      wordsOption(DhcpOption.subnetMask, 0xffffff00),
      wordsOption(DhcpOption.leaseTime, 60),
    ],
  }),
);

/** Octets, and messages with some of them changed. */
const SHAPED = fc
  .array(fc.tuple(fc.nat(PLAIN.length - 1), fc.nat(255)), { maxLength: 5 })
  .map((changes) => {
    const changed = PLAIN.slice();
    for (const [at, octet] of changes) changed[at] = octet;
    return changed;
  });
const NOISE = fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), SHAPED), {
  minLength: 1,
  maxLength: 4,
});

describe('messages', () => {
  test('law: any octets give a message that encodes back to them, or a refusal', () => {
    let decoded = 0;
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 600, size: 'max' }), SHAPED), (bytes) => {
        const message = decodeDhcp(bytes);
        if (message instanceof DecodeError) return;
        decoded += 1;
        expect(encodeDhcp(message)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
    expect(decoded).toBeGreaterThan(100);
  });

  test.each([
    ['no end', PLAIN.subarray(0, 250), 'truncated'],
    ['an option that is longer than the rest', [...PLAIN.subarray(0, 240), 12, 9, 1], 'truncated'],
    ['no cookie', new Uint8Array(300), 'bad-magic'],
    ['nothing', [], 'truncated'],
  ])('%s is refused', (_what, bytes, reason) => {
    expect(decodeDhcp(Uint8Array.from(bytes))).toMatchObject({ layer: 'dhcp', reason });
  });
});
