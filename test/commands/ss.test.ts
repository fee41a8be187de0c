/**
 * `ss`: its table against one that iproute2 printed on a real Linux 6.18 (test/fixtures/ss), its
 * filters against a plain reading of them, its words in iproute2's order in every state.
 */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printSockets } from '../../src/stack/commands/ss-columns.ts';
import { parseSocketFilter, type SocketEnds } from '../../src/stack/commands/ss-filter.ts';
import { Administrator, linux6, ms, seconds } from '../../src/stack/index.ts';
import { parseIpv4 } from '../../src/wire/index.ts';
import { connected, connectedActively, connecting, type Conversation, FULL } from '../help/peer.ts';

const REAL = readFileSync(new URL('../fixtures/ss/loopback.txt', import.meta.url), 'utf8');

function ss(c: Conversation, words: string): string {
  const outcome = new Administrator(c.host).run(['ss', ...words.split(' ')], '', c.now);
  expect(outcome?.status, outcome?.output).toBe(0);
  return outcome?.output ?? '';
}

/** The names of what -i shows, without their numbers. */
function namesIn(line: string): string[] {
  const flat = line.replaceAll(/\([^)]*\)/g, '');
  return flat.split(' ').flatMap((word) => /^([a-z_]+)(?=[:]|$)/.exec(word)?.[1] ?? []);
}

/** The order of iproute2's words (misc/ss.c, tcp_stats_print()), as its manual lists them. */
const ORDER =
  'skmem ts sack ecn ecnseen fastopen cubic reno bbr dctcp wscale rto backoff rtt ato mss pmtu ' +
  'rcvmss advmss cwnd ssthresh bytes_sent bytes_retrans bytes_acked bytes_received segs_out ' +
  'segs_in data_segs_out data_segs_in bbr dctcp send lastsnd lastrcv lastack pacing_rate ' +
  'delivery_rate delivered delivered_ce app_limited busy rwnd_limited sndbuf_limited unacked ' +
  'retrans lost sacked dsack_dups reordering reord_seen rcv_rtt rcv_space rcv_ssthresh notsent ' +
  'minrtt rcv_ooopack snd_wnd';

function expectOrder(line: string): void {
  let left = ORDER.split(' ');
  for (const name of namesIn(line)) {
    const at = left.indexOf(name);
    expect(at, `${name} stands where iproute2 has it, in ${line}`).toBeGreaterThanOrEqual(0);
    left = left.slice(at + 1);
  }
}

describe('the table', () => {
  test('is the one that iproute2 prints', () => {
    const lines = REAL.split('\n');
    const ends = { localAddress: '127.0.0.1', localPort: '18080', protocol: 'tcp' };
    const client = { peerAddress: '127.0.0.1', peerPort: '39712' };
    const rows = [
      {
        ...ends,
        state: 'LISTEN',
        receiveQueue: 0,
        sendQueue: 5,
        peerAddress: '0.0.0.0',
        peerPort: '*',
        rest: `\n${lines[2]}`,
      },
      {
        ...ends,
        state: 'ESTAB',
        receiveQueue: 0,
        sendQueue: 0,
        localPort: '39712',
        ...client,
        peerPort: '18080',
        rest: ` timer:(keepalive,119min,0)\n${lines[4]}`,
      },
      {
        ...ends,
        ...client,
        state: 'ESTAB',
        receiveQueue: 40000,
        sendQueue: 0,
        rest: `\n${lines[6]}`,
      },
    ];
    const shown = { hasHeader: true, hasProtocol: false, hasState: true, hasQueues: true };
    expect(printSockets(rows, shown)).toBe(REAL);
  });

  test('leaves out what is the same in every row, and the header for -H', () => {
    const c = connected();
    expect(ss(c, '-tnH state established')).toBe('0      0      10.0.0.1:80 10.0.0.2:40000\n');
    expect(ss(c, '-tn -Q')).toBe(
      'State Local Address:Port Peer Address:Port Process\n' +
        'ESTAB      10.0.0.1:80       10.0.0.2:40000\n',
    );
    expect(ss(c, '-ltn')).toBe(
      'State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n' +
        'LISTEN 0      5            0.0.0.0:80        0.0.0.0:*   \n',
    );
  });

  test('has sockets of UDP, a connected one as established', () => {
    const c = connected();
    const socket = c.host.udpSocket();
    socket.bind(0, 53);
    expect(ss(c, '-an')).toContain('udp   UNCONN 0      0            0.0.0.0:53        0.0.0.0:*');
    expect(ss(c, '-una')).not.toContain('ESTAB');
    expect(ss(c, '-6 -an')).toBe(
      'Netid State Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n',
    );
  });
});

describe('what a line tells', () => {
  test('of data in flight: the retransmission timer, then how often it fired', () => {
    const c = connected();
    c.write(1000);
    c.sends('P. 1:1001(1000) ack 1');
    expect(ss(c, '-tno')).toMatch(/ESTAB 0 {6}1000 .* timer:\(on,200ms,0\)\n/);
    c.sendsAfter(ms(200), 'P. 1:1001(1000) ack 1');
    expect(ss(c, '-tno')).toContain(' timer:(on,400ms,1)\n');
    const info = ss(c, '-tni');
    expect(info).toMatch(/ bytes_sent:2000 bytes_retrans:1000 /);
    expect(info).toMatch(
      / rto:400 backoff:1 .* cwnd:1 ssthresh:7 .* unacked:1 retrans:1\/1 lost:1/,
    );
  });

  test('of a connection that waits: persist, keepalive, delack, timewait', () => {
    const c = connected({ socket: { SO_KEEPALIVE: 1 } });
    expect(ss(c, '-tno')).toContain(' timer:(keepalive,120min,0)\n');
    c.after(seconds(7200 - 62));
    expect(ss(c, '-tno')).toContain(' timer:(keepalive,1min2sec,0)\n');
    c.peer('. 1:1(0) ack 1 win 0');
    c.write(10);
    expect(ss(c, '-tno')).toMatch(/timer:\(persist,2\d\dms,0\)/);
    const other = connectedActively();
    other.close();
    other.sends('F. 1:1(0) ack 1');
    other.peer('F. 1:1(0) ack 2');
    other.sends('. 2:2(0) ack 2');
    expect(ss(other, '-tnao')).toMatch(/TIME-WAIT 0 {6}0 .* timer:\(timewait,1min,0\)/);
  });

  test('of queues: a FIN that nobody has read, our own SYN and FIN', () => {
    const opening = connecting();
    opening.sends('S 0:0(0)');
    expect(ss(opening, '-tn')).toMatch(/SYN-SENT 0 {6}1 /);
    const c = connected();
    c.peer('PF. 1:6(5) ack 1');
    c.after(ms(40));
    c.sends('. 1:1(0) ack 7');
    expect(ss(c, '-tne')).toMatch(/CLOSE-WAIT 6 {6}0 .* ino:0 sk:2 -->\n/);
    c.read();
    expect(c.read()).toBe(0);
    c.close();
    c.sends('F. 1:1(0) ack 7');
    expect(ss(c, '-tne')).toMatch(/LAST-ACK 0 {6}1 .* ino:0 sk:2 ---\n/);
  });

  test('of memory and of a listener', () => {
    const c = connected();
    const { receiveBuffer, sendBuffer } = linux6.tcp;
    const memory = `rb${receiveBuffer.default},t0,tb${sendBuffer.default}`;
    expect(ss(c, '-tlnmi')).toContain(`\n\t skmem:(r0,${memory},f0,w0,o0,bl0,d0) cubic cwnd:10\n`);
    expect(ss(c, '-tnmO')).toMatch(/ skmem:\(r0,rb131072,t0,tb\d+,f0,w0,o0,bl0,d0\)\n/);
  });

  test('rates are in full with -n, else in three digits', () => {
    const c = connected({ syn: FULL });
    c.write(1000);
    c.sends('P. 1:1001(1000) ack 1');
    c.after(ms(40));
    c.peer('. 1:1(0) ack 1001');
    expect(ss(c, '-tin')).toMatch(/ send \d{7,}bps /);
    expect(ss(c, '-ti')).toMatch(/ send [\d.]{1,4}[kMGT]bps /);
  });

  test('-s counts', () => {
    expect(ss(connected(), '-s')).toBe(
      'Total: 2\nTCP:   2 (estab 1, closed 0, orphaned 0, timewait 0)\n\n' +
        'Transport Total     IP        IPv6\n' +
        'RAW\t  0         0         0        \nUDP\t  0         0         0        \n' +
        'TCP\t  2         2         0        \nINET\t  2         2         0        \n' +
        'FRAG\t  0         0         0        \n\n',
    );
  });
});

test('words stand in the order of iproute2, whatever has happened', () => {
  for (const line of REAL.split('\n').filter((text) => text.startsWith('\t'))) expectOrder(line);
  const event = fc.constantFrom('write', 'ack', 'data', 'gap', 'wait', 'duplicate', 'read');
  let longest = 0;
  const property = (events: readonly string[], control: 'cubic' | 'bbr' | 'dctcp'): void => {
    const c = connected({ syn: FULL });
    c.host.settings.tcp.congestion = { ...c.host.settings.tcp.congestion, algorithm: control };
    const [una, nxt] = [(): number => c.tcb?.sent.count ?? 0, { arrived: 1 }];
    for (const name of events) {
      if (name === 'write') c.write(700);
      else if (name === 'ack' && una() > 0) c.peer('. 1:1(0) ack 701');
      else if (name === 'data') c.peer(`P. ${nxt.arrived}:${(nxt.arrived += 100)}(100) ack 1`);
      else if (name === 'gap') c.peer(`P. ${nxt.arrived + 500}:${nxt.arrived + 600}(100) ack 1`);
      else if (name === 'duplicate') c.peer('P. 1:101(100) ack 1');
      else if (name === 'read') c.socket?.recv(1000, c.now);
      else c.after(ms(250));
    }
    c.after(0);
    c.laboratory.sent.length = 0;
    const lines = ss(c, '-tinoma')
      .split('\n')
      .filter((text) => text.startsWith('\t'));
    for (const line of lines) expectOrder(line);
    longest = Math.max(longest, ...lines.map((line) => namesIn(line).length));
  };
  const controls = fc.constantFrom('cubic' as const, 'bbr' as const, 'dctcp' as const);
  fc.assert(fc.property(fc.array(event, { maxLength: 30, size: 'max' }), controls, property), {
    numRuns: 60,
  });
  expect(longest, 'much was told').toBeGreaterThan(30);
});

describe('filters', () => {
  const HOSTS = ['10.0.0.1', '10.0.0.2', '192.168.1.1'];
  const PORTS = [22, 80, 8080];
  const OPERATORS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
    '=': (a, b) => a === b,
    '!=': (a, b) => a !== b,
    lt: (a, b) => a < b,
    '>=': (a, b) => a >= b,
  };

  /** An expression with what it means. */
  interface Expression {
    readonly text: string;
    readonly holds: (ends: SocketEnds) => boolean;
  }

  const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 5 },
      fc
        .record({
          side: fc.constantFrom('src', 'dst'),
          host: fc.constantFrom(...HOSTS),
          port: fc.option(fc.constantFrom(...PORTS)),
        })
        .map(({ side, host, port }) => ({
          text: `${side} ${host}${port === null ? '' : `:${port}`}`,
          holds: (ends: SocketEnds): boolean => {
            const isLocal = side === 'src';
            const address = isLocal ? ends.localAddress : ends.remoteAddress;
            const at = isLocal ? ends.localPort : ends.remotePort;
            return address === parseIpv4(host) && (port === null || at === port);
          },
        })),
      fc
        .record({
          side: fc.constantFrom('sport', 'dport'),
          operator: fc.constantFrom(...Object.keys(OPERATORS)),
          port: fc.constantFrom(...PORTS),
        })
        .map(({ side, operator, port }) => ({
          text: `${side} ${operator} :${port}`,
          holds: (ends: SocketEnds): boolean =>
            OPERATORS[operator]!(side === 'sport' ? ends.localPort : ends.remotePort, port),
        })),
      tie('expression').map(({ text, holds }) => ({
        text: `not ( ${text} )`,
        holds: (ends: SocketEnds): boolean => !holds(ends),
      })),
      fc
        .tuple(tie('expression'), fc.constantFrom('and', 'or', ''), tie('expression'))
        .map(([a, word, b]) => ({
          text: `( ${a.text} ${word} ${b.text} )`,
          holds: (ends: SocketEnds): boolean =>
            word === 'or' ? a.holds(ends) || b.holds(ends) : a.holds(ends) && b.holds(ends),
        })),
    ),
  }));

  test('mean what they say', () => {
    const address = fc.constantFrom(...HOSTS).map((host) => parseIpv4(host));
    const port = fc.constantFrom(...PORTS);
    const ends = fc.record({
      localAddress: address,
      localPort: port,
      remoteAddress: address,
      remotePort: port,
    });
    let taken = 0;
    let runs = 0;
    fc.assert(
      fc.property(expression, ends, ({ text, holds }, socket) => {
        const filter = parseSocketFilter(text);
        if (typeof filter === 'string') throw new Error(`${text}: ${filter}`);
        expect(filter(socket), text).toBe(holds(socket));
        taken += filter(socket) ? 1 : 0;
        runs += 1;
      }),
      { numRuns: 300 },
    );
    expect(taken).toBeGreaterThan(runs / 10);
    expect(taken).toBeLessThan((runs * 9) / 10);
  });

  // prettier-ignore
  test.each([
    ['dst 10.0.0.0/8', true], ['dst 11.0.0.0/8', false], ['src :80', true], ['dport 40000', true], ['dst != 10.0.0.2', false],
    ['( sport = :22 or sport = :80 ) and dst 10.0.0.2:40000', true], ['! sport == 80', false], ['dst 0.0.0.0/0', true],
    ['sport = :22 or sport = :80 dport = 1', false], ['src *:80', true],
  ])('%s', (text, isListed) => {
    expect(ss(connected(), `-tnH ${text}`) !== '').toBe(isListed);
  });

  // prettier-ignore
  test.each([
    ['sport = :http', 'ss: in the filter: a port number is expected instead of ":http"'],
    ['dst example.org', 'ss: in the filter: an address is expected instead of "example.org"'],
    ['sport = 70000', 'ss: in the filter: a port number is expected instead of "70000"'],
    ['( sport = 80', 'ss: in the filter: ")" is missing at the end'], ['sport', 'ss: in the filter: something is missing at the end'],
    ['sport = 80 )', 'ss: in the filter: unexpected ")"'], ['and', 'ss: in the filter: unexpected "and"'],
    ['state foo', 'ss: wrong state name: foo'], ['-k', "ss: invalid option -- 'k'"], ['--frob', "ss: invalid option -- 'frob'"],
  ])('%s', (words, message) => {
    const outcome = new Administrator(connected().host).run(['ss', ...words.split(' ')], '', 0);
    expect(outcome).toEqual({ status: 1, output: `${message}\n` });
  });

  test('parentheses without end', () => {
    expect(parseSocketFilter(`${'( '.repeat(100_000)}sport = 80`)).toBe('nested too deep "("');
  });
});

test('states: those named, those left out, and groups of them', () => {
  const c = connected();
  c.peer('F. 1:1(0) ack 1');
  c.sends('. 1:1(0) ack 2');
  const states = (words: string): string[] =>
    ss(c, `-tnH ${words}`)
      .split('\n')
      .flatMap((line) => /^[A-Z][A-Z0-9-]+/.exec(line) ?? []);
  expect(states('')).toEqual(['CLOSE-WAIT']);
  expect(states('-a')).toEqual(['LISTEN', 'CLOSE-WAIT']);
  expect(states('exclude close-wait')).toEqual(['LISTEN']);
  expect(states('state connected exclude established')).toEqual(['CLOSE-WAIT']);
  expect(states('state bucket')).toEqual([]);
});
