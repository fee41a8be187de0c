/** DNS: messages, zones, a server and a stub resolver that asks it; and whatever else may come. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeDns,
  fetchHttp,
  type DnsMessage,
  encodeDns,
  parseZone,
  reverseName,
  serveDns,
  serveHttp,
  StubResolver,
  type Zone,
  zoneOfHosts,
} from '../../src/services/index.ts';
import { type NameError, orderAddresses, type Process } from '../../src/sim/index.ts';
import { seconds } from '../../src/stack/index.ts';
import { DecodeError, fromUtf8, hex, must, parseIp, printIp } from '../../src/wire/index.ts';
import { type Observed, play } from '../sim/lab.ts';

const ZONE = parseZone(`
$ORIGIN example.com.   ; a comment
$TTL 300
@     IN SOA ns hostmaster (
           1      ; the serial
           7200 900 1209600 60 )
      NS   ns
      MX   10 mail
      TXT  "v=spf1; -all"
ns    A    10.0.0.2
www   60 IN A 10.0.0.80
      A    10.0.0.81
ftp   CNAME www
a     CNAME b
b     CNAME a
_sip._udp SRV 0 5 5060 ns
many  TXT  "${'x'.repeat(200)}"
      TXT  "${'y'.repeat(200)}"
      TXT  "${'z'.repeat(200)}"
${Array.from({ length: 40 }, (_, i) => `big A 192.0.2.${i}`).join('\n')}
`);

/** Runs a client that has a resolver, beside a server of names at 10.0.0.2. */
function asking(
  client: (process: Process, resolver: StubResolver) => Promise<void>,
  zone: Zone | null = ZONE,
): Promise<Observed> {
  return play(({ network }) => {
    const [a, b] = network.pair({ latency: 1000 });
    network.capture(a);
    if (zone !== null) b.run('named', (process) => serveDns(process, zone), { daemon: true });
    const resolver = new StubResolver({ nameservers: ['10.0.0.2'], hosts: { here: '10.0.0.7' } });
    a.resolver = resolver;
    a.run('client', async (process) => {
      await process.sleep(1); // the server is there
      await client(process, resolver);
    });
  });
}

async function addresses(process: Process, name: string): Promise<string[]> {
  return (await process.resolve(name)).map(printIp);
}

async function failure(process: Process, name: string): Promise<string> {
  return process.resolve(name).then(
    () => 'found',
    (error: NameError) => error.code,
  );
}

describe('the resolver', () => {
  test('finds addresses, along aliases and without regard to case', async () => {
    const { frames } = await asking(async (process) => {
      expect(await addresses(process, 'www.example.com')).toEqual(['10.0.0.80', '10.0.0.81']);
      expect(await addresses(process, 'FTP.Example.COM.')).toEqual(['10.0.0.80', '10.0.0.81']);
    });
    expect(frames.filter(({ frame }) => frame.udp !== undefined)).toHaveLength(8);
  });

  test('looks into the table of hosts first, and asks nobody then', async () => {
    const { frames } = await asking(async (process) => {
      expect(await addresses(process, 'here')).toEqual(['10.0.0.7']);
      expect(await addresses(process, 'localhost')).toContain('127.0.0.1');
    });
    expect(frames).toEqual([]);
  });

  test('knows what there is not: no name, and a name without addresses', () =>
    asking(async (process) => {
      expect(await failure(process, 'nobody.example.com')).toBe('EAI_NONAME');
      expect(await failure(process, '_udp.example.com')).toBe('EAI_NONAME');
      expect(await failure(process, 'a.example.com')).toBe('EAI_AGAIN'); // a circle
    }));

  test('asks by TCP for what is too long for a datagram', async () => {
    const { segments } = await asking(async (process) => {
      expect(await addresses(process, 'big.example.com')).toHaveLength(40);
    });
    expect(segments.some((segment) => segment.startsWith('53 PA '))).toBe(true);
  });

  test('waits 5 seconds and tries twice (resolv.conf(5))', () =>
    play(({ network }) => {
      const [a, b] = network.pair();
      a.resolver = new StubResolver({ nameservers: ['10.0.0.2'] });
      b.run('silent', async (process) => {
        const socket = process.socket('datagram');
        socket.bind(53);
        for (let i = 0; i < 4; i++) await socket.recv();
        expect(process.now).toBeGreaterThanOrEqual(seconds(5));
      });
      a.run('client', async (process) => {
        await process.sleep(1);
        expect(await failure(process, 'www.example.com')).toBe('EAI_AGAIN');
        expect(process.now).toBe(seconds(10) + 1);
      });
    }));

  test('does not wait where nobody listens', async () => {
    await asking(async (process) => {
      expect(await failure(process, 'www.example.com')).toBe('EAI_AGAIN');
      expect(process.now).toBeLessThan(seconds(1));
    }, null);
  });

  test('connect takes a name', async () => {
    const { segments } = await play(({ network }) => {
      const [a, b] = network.pair();
      const zone = zoneOfHosts({ 'www.example.com': '10.0.0.2' });
      b.run('named', (process) => serveDns(process, zone), { daemon: true });
      a.resolver = new StubResolver({ nameservers: ['10.0.0.2'] });
      network.capture(a);
      b.run('server', async (process) => {
        const listener = process.socket('stream');
        listener.bind(80);
        listener.listen();
        await (await listener.accept()).recv();
      });
      a.run('client', async (process) => {
        await process.sleep(1);
        const socket = process.socket('stream');
        await socket.connect({ address: 'www.example.com', port: 80 });
        await socket.close();
      });
    });
    expect(segments.length).toBeGreaterThan(4);
  });

  test('connect by a name with both families: IPv6 is first', async () => {
    const { frames } = await play(({ network }) => {
      const a = network.host('a', { address: ['10.0.0.1/24', '2001:db8::1/64'] });
      const b = network.host('b', { address: ['10.0.0.2/24', '2001:db8::2/64'] });
      network.link(a, b);
      network.capture(a);
      const zone = zoneOfHosts({ 'www.example.com': ['10.0.0.2', '2001:db8::2'] });
      b.run('named', (process) => serveDns(process, zone), { daemon: true });
      b.run('httpd', (process) => serveHttp(process, () => ({ body: 'six' }), { address: '::' }), {
        daemon: true,
      });
      a.resolver = new StubResolver({ nameservers: ['10.0.0.2'] });
      a.run('client', async (process) => {
        await process.sleep(1);
        const { body } = await fetchHttp(process, 'http://www.example.com/');
        expect(fromUtf8(body)).toBe('six');
      });
    });
    const segments = frames.filter(({ frame }) => frame.tcp !== undefined);
    expect(segments.every(({ frame }) => frame.ipv6 !== undefined)).toBe(true);
  });

  test('law: any answer at all leaves it with a failure or addresses', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 60 }),
        fc.boolean(),
        fc.nat(200),
        async (noise, keepsHeader, at) => {
          await play(({ network }) => {
            const [a, b] = network.pair();
            a.resolver = new StubResolver({ nameservers: ['10.0.0.2'], attempts: 1 });
            b.run('noise', async (process) => {
              const socket = process.socket('datagram');
              socket.bind(53);
              for (let i = 0; i < 2; i++) {
                const { payload, from } = await socket.recv();
                const query = must(decodeDns(payload));
                const answers = ZONE.of('www.example.com') ?? [];
                const reply = encodeDns({ ...query, isResponse: true, answers });
                if (keepsHeader) reply.set(noise.subarray(0, reply.length - 12), 12);
                else if (at < reply.length) reply[at]! ^= 1 << (at % 8);
                socket.send(keepsHeader ? reply : reply.subarray(0, at + 1), from);
              }
            });
            a.run('client', async (process) => {
              await process.sleep(1);
              expect(await failure(process, 'www.example.com')).toMatch(/^(?:found|EAI_\w+)$/);
            });
          });
        },
      ),
      { numRuns: 60 },
    ));
});

test('law: the server survives any octets, and goes on to answer', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 5 }),
      fc.boolean(),
      async (noise, byTcp) => {
        await asking(async (process) => {
          const to = { address: '10.0.0.2', port: 53 };
          if (byTcp) {
            const socket = process.socket('stream');
            await socket.connect(to);
            for (const octets of noise) await socket.send(octets).catch(() => undefined);
            await socket.close();
          } else {
            const socket = process.socket('datagram');
            for (const octets of noise) socket.send(octets, to);
          }
          expect(await addresses(process, 'ns.example.com')).toEqual(['10.0.0.2']);
        });
      },
    ),
    { numRuns: 60 },
  ));

describe('messages', () => {
  const QUERY = must(
    decodeDns(hex`1234 0100 0001 0000 0000 0000 03777777 076578616d706c65 03636f6d 00 0001 0001`),
  );

  test('a query of a real resolver', () => {
    expect(QUERY.questions).toEqual([{ name: 'www.example.com', type: 'A' }]);
    expect([QUERY.id, QUERY.isResponse, QUERY.recursionDesired]).toEqual([0x1234, false, true]);
  });

  test('what is encoded decodes to the same', () => {
    const names = ['@', 'www.', 'ftp.', '_sip._udp.', 'many.'].map((at) =>
      at === '@' ? 'example.com' : `${at}example.com`,
    );
    const answers = names.flatMap((name) => ZONE.of(name) ?? []);
    expect(answers.length).toBeGreaterThan(9);
    const message: DnsMessage = { ...QUERY, isResponse: true, answers, udpPayloadSize: 1232 };
    expect(decodeDns(encodeDns(message))).toEqual(message);
  });

  test('law: any octets give a message or a refusal', () => {
    let decoded = 0;
    const answers = ['example.com', '_sip._udp.example.com'].flatMap((name) => ZONE.of(name) ?? []);
    const whole = encodeDns({ ...QUERY, isResponse: true, answers });
    const shaped = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((changes) => {
        const changed = whole.slice();
        for (const [at, octet] of changes) changed[at] = octet;
        return changed;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300, size: 'max' }), shaped), (bytes) => {
        if (!(decodeDns(bytes) instanceof DecodeError)) decoded += 1;
      }),
      { numRuns: 1000 },
    );
    expect(decoded).toBeGreaterThan(100);
  });

  test('pointers in a circle, and more records than sense, are refused', () => {
    expect(decodeDns(hex`0000 0000 0001 0000 0000 0000 c00c 0001 0001`)).toBeInstanceOf(
      DecodeError,
    );
    expect(decodeDns(hex`0000 0000 ffff ffff ffff ffff`)).toMatchObject({ reason: 'too-large' });
  });
});

describe('zones', () => {
  test.each([
    ['www X 1', 'line 1: unknown type "X"'],
    ['www A', 'line 1: A takes 1 words'],
    ['\nwww A 1.2.3', 'line 2: '],
    [' A 1.2.3.4', 'line 1: the first record has no name'],
    ['$INCLUDE x', 'line 1: unknown directive $INCLUDE'],
    [`${'x'.repeat(64)} A 1.2.3.4`, 'line 1: not a domain name'],
    ['a MX x mail', 'line 1: not a number here: "x"'],
  ])('%j is refused', (text, message) => {
    expect(() => parseZone(text)).toThrow(message);
  });

  test('a table of hosts leads back from addresses', () => {
    const zone = zoneOfHosts({ www: ['192.0.2.1', '2001:db8::1'] });
    expect(zone.of('1.2.0.192.in-addr.arpa')?.[0]?.data).toBe('www');
    expect(zone.of(reverseName('2001:db8::1'))?.[0]?.data).toBe('www');
  });
});

describe('the order of addresses (RFC 6724)', () => {
  test.each([
    ['IPv6 first', ['192.0.2.1', '2001:db8::1'], {}, ['2001:db8::1', '192.0.2.1']],
    [
      'what can be reached first (rule 1)',
      ['2001:db8::1', '192.0.2.1'],
      { '2001:db8::1': undefined },
      ['192.0.2.1', '2001:db8::1'],
    ],
    [
      'scopes that match (rule 2)',
      ['2001:db8::1', '192.0.2.1'],
      { '2001:db8::1': 'fe80::1' },
      ['192.0.2.1', '2001:db8::1'],
    ],
    [
      'labels that match (rule 5)',
      ['2001:db8::1', '192.0.2.1'],
      { '2001:db8::1': '2002:1::1' },
      ['192.0.2.1', '2001:db8::1'],
    ],
    ['of equals the first (rule 10)', ['192.0.2.2', '192.0.2.1'], {}, ['192.0.2.2', '192.0.2.1']],
  ] as const)(
    '%s',
    (_rule, given, sources: Readonly<Record<string, string | undefined>>, order) => {
      const sourceFor = (text: string): string | undefined => {
        if (text in sources) return sources[text];
        return text.includes(':') ? '2001:db8::ffff' : '192.0.2.254';
      };
      const ordered = orderAddresses(given.map(parseIp), (address) => {
        const source = sourceFor(printIp(address));
        return source === undefined ? undefined : parseIp(source);
      });
      expect(ordered.map(printIp)).toEqual(order);
    },
  );
});
