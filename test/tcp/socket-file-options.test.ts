/** TCP sockets as a process has them open: options, connecting, TCP_INFO. */
import { describe, expect } from 'vitest';
import { constantOf, ms, TcpSocketFile } from '../../src/stack/index.ts';
import { test } from '../help/family-test.ts';
import { stream } from '../help/notation.ts';
import {
  connected,
  connectedActively,
  connecting,
  type Conversation,
  errnoOf,
  Laboratory,
  listening,
  PLAIN,
} from '../help/peer.ts';
import { levelOf, Program } from './socket-file.ts';

describe('options', () => {
  // prettier-ignore
  test.each([
    { option: 'SO_SNDBUF', value: 10_000, reads: 20_000 },
    { option: 'SO_SNDBUF', value: -1, reads: 2 * 4_194_304 },
    { option: 'SO_RCVBUF', value: 3000, reads: 6000 },
    { option: 'SO_REUSEADDR', value: 7, reads: 1 },
    { option: 'SO_ZEROCOPY', value: 2, error: 'EINVAL' },
    { option: 'SO_RCVLOWAT', value: 0, reads: 1 },
    { option: 'SO_RCVLOWAT', value: -5, reads: 0x7fff_ffff },
    { option: 'SO_SNDLOWAT', value: 1, error: 'ENOPROTOOPT' },
    { option: 'SO_PRIORITY', value: 7, error: 'EINVAL' },
    { option: 'SO_MARK', value: 666, reads: 666 },
    { option: 'SO_TIMESTAMPING', value: 0x4_0000, error: 'EINVAL' },
    { option: 'TCP_MAXSEG', value: 87, error: 'EINVAL' },
    { option: 'TCP_MAXSEG', value: 1100, reads: 1100 },
    { option: 'TCP_KEEPIDLE', value: 0, error: 'EINVAL' },
    { option: 'TCP_KEEPIDLE', value: 32_767, reads: 32_767 },
    { option: 'TCP_KEEPCNT', value: 128, error: 'EINVAL' },
    { option: 'TCP_SYNCNT', value: 0, error: 'EINVAL' },
    { option: 'TCP_SYNCNT', value: 127, reads: 127 },
    { option: 'TCP_LINGER2', value: -3, reads: -1 },
    { option: 'TCP_LINGER2', value: 121, reads: 120 },
    { option: 'TCP_INQ', value: 2, error: 'EINVAL' },
    { option: 'TCP_USER_TIMEOUT', value: -1, error: 'EINVAL' },
    { option: 'TCP_NOTSENT_LOWAT', value: 32_000, reads: 32_000 },
    { option: 'TCP_FASTOPEN', value: 5, reads: 5 },
    { option: 'TCP_FASTOPEN_CONNECT', value: 1, reads: 1 },
    { option: 'TCP_FASTOPEN_CONNECT', value: 2, error: 'EINVAL' },
    { option: 'TCP_INFO', value: 0, error: 'ENOPROTOOPT' },
    { option: 'TCP_NOOPT', value: 1, error: 'ENOPROTOOPT' },
    { option: 'IP_TTL', value: 0, error: 'EINVAL' },
    { option: 'IP_TTL', value: -1, reads: 64 },
    { option: 'IP_MTU_DISCOVER', value: 6, error: 'EINVAL' },
    { option: 'IP_FREEBIND', value: 1, reads: 1 },
    { option: 'IPV6_TCLASS', value: 1, error: 'ENOPROTOOPT' },
  ])('$option $value', ({ option, value, reads, error }) => {
    const { host } = new Laboratory();
    const file = new TcpSocketFile(host.tcpSocket());
    const set = (): void => file.setOption(levelOf(option), option, value, 4, 0);
    expect(errnoOf(set)).toBe(error);
    if (reads === undefined) return;
    expect(file.getOption(levelOf(option), option, 4, 0)).toEqual({ value: reads, length: 4 });
    expect(file.getOption(levelOf(option), option, 2, 0).length).toBe(2);
    const shortest = levelOf(option) === 'SOL_IP' ? 1 : 4; // of IP an octet is enough
    const tooShort = (): void =>
      file.setOption(levelOf(option), option, value, shortest - 1, 0);
    expect(errnoOf(tooShort)).toBe('EINVAL');
    expect(errnoOf(() => file.setOption('SOL_UDP', option, value, 4, 0))).toBe('ENOPROTOOPT');
  });

  test('structures: SO_LINGER, SO_RCVTIMEO with EDOM, TCP_CONGESTION, TCP_FASTOPEN_KEY', () => {
    const c = listening();
    const program = new Program(c, c.listener);
    program.set('SO_LINGER', { onoff: 1, linger: 3 }, 8);
    expect(program.get('SO_LINGER', 8)).toEqual({ onoff: 1, linger: 3 });
    expect(errnoOf(() => program.set('SO_LINGER', { onoff: 1, linger: 3 }, 4))).toBe('EINVAL');
    program.set('SO_RCVTIMEO', { tv_sec: 1, tv_usec: 500_000 }, 16);
    expect(program.file.receiveTimeout).toBe(ms(1500));
    expect(program.get('SO_RCVTIMEO', 16)).toEqual({ tv_sec: 1, tv_usec: 500_000 });
    const wrong = { tv_sec: 0, tv_usec: 1_000_000 };
    expect(errnoOf(() => program.set('SO_RCVTIMEO', wrong, 16))).toBe('EDOM');
    const reno = Uint8Array.from('reno', (letter) => letter.codePointAt(0) ?? 0);
    program.set('TCP_CONGESTION', reno, 4);
    expect(program.get('TCP_CONGESTION', 4)).toEqual(reno);
    expect(errnoOf(() => program.set('TCP_CONGESTION', Uint8Array.of(120), 1))).toBe('ENOENT');
    program.set('TCP_FASTOPEN_KEY', stream(0, 16), 16);
    expect(program.get('TCP_FASTOPEN_KEY', 32)).toEqual(stream(0, 16));
    expect(errnoOf(() => program.set('TCP_FASTOPEN_KEY', stream(0, 15), 15))).toBe('EINVAL');
  });

  test('what is set on a listener after listen() is inherited', () => {
    const c = listening();
    const parent = new Program(c, c.listener);
    parent.set('TCP_NODELAY', 1);
    parent.set('SO_LINGER', { onoff: 1, linger: 0 }, 8);
    c.handshake();
    c.accept();
    const child = new Program(c);
    expect(child.get('TCP_NODELAY')).toBe(1);
    child.send(1);
    child.send(1);
    c.sends('P. 1:2(1)');
    c.sends('P. 2:3(1)');
    child.file.close(c.now);
    c.sends('R. 3:3(0) ack 1');
  });

  test('IP_FREEBIND binds an address that the host has not', () => {
    const { host } = new Laboratory();
    const file = new TcpSocketFile(host.tcpSocket());
    const bind = (): void => file.bind({ address: 0x01020304, port: 80 });
    expect(errnoOf(bind)).toBe('EADDRNOTAVAIL');
    file.setOption('SOL_IP', 'IP_FREEBIND', 1, 4, 0);
    expect(errnoOf(bind)).toBeUndefined();
  });

  test('TCP_SYNCNT: SYNs again for as long as so many take that back off', () => {
    const c = connecting({ socket: { TCP_SYNCNT: 1 } });
    c.after(ms(60_000));
    expect(c.laboratory.sent.splice(0)).toHaveLength(3); // at 0, 1 and 2 s: over at 3 s
    expect(new Program(c).get('SO_ERROR')).toBe(constantOf('ETIMEDOUT'));
  });

  test('TCP_USER_TIMEOUT: gives up so long after the first timeout', () => {
    const c = connected();
    const program = new Program(c);
    program.set('TCP_USER_TIMEOUT', 3000);
    program.send(1);
    c.after(ms(3150));
    c.is('ESTABLISHED');
    c.after(ms(60));
    c.is('CLOSED');
    c.laboratory.sent.length = 0;
    expect(program.get('SO_ERROR')).toBe(constantOf('ETIMEDOUT'));
  });
});

describe('connecting', () => {
  const peerOf = ({ peerAddress }: Conversation) => ({
    address: peerAddress,
    port: 80,
  });

  test('begun, under way, connected once, EISCONN', () => {
    const c = connecting();
    const program = new Program(c);
    c.sends('S 0:0(0)');
    const connect = (): string => program.file.connect(peerOf(c), c.now);
    expect(errnoOf(connect)).toBeUndefined();
    expect(connect()).toBe('under-way');
    c.peer(`S 0:0(0) win 1000 ${PLAIN}`); // a simultaneous open
    c.sends('S. 0:0(0) ack 1');
    expect(connect()).toBe('under-way');
    c.peer('. 1:1(0) ack 1');
    expect(connect()).toBe('connected');
    expect(errnoOf(connect)).toBe('EISCONN');
  });

  test('a connection that failed may be tried again', () => {
    const c = connecting();
    const program = new Program(c);
    const connect = (): string => program.file.connect(peerOf(c), c.now);
    c.sends('S 0:0(0)');
    c.peer('R. 0:0(0) ack 1');
    expect(errnoOf(connect)).toBe('ECONNREFUSED');
    expect(connect()).toBe('begun');
    c.sends('S 0:0(0)');
    c.peer('R. 0:0(0) ack 1');
    expect(program.get('SO_ERROR')).toBe(constantOf('ECONNREFUSED'));
    expect(errnoOf(connect)).toBe('ECONNABORTED');
    expect(connect()).toBe('begun');
    c.sends('S 0:0(0)');
  });

  test('AF_UNSPEC dissolves the connection by RST, and the socket may connect again', () => {
    const c = connectedActively();
    const program = new Program(c);
    expect(program.file.connect('unspecified', c.now)).toBe('connected');
    c.sends('R. 1:1(0) ack 1');
    // Whoever asks next is told of it, once (Linux tcp_disconnect() sets sk_err).
    expect(errnoOf(() => program.receive(1))).toBe('ECONNRESET');
    expect(errnoOf(() => program.receive(1))).toBe('ENOTCONN');
    expect(program.file.connect(peerOf(c), c.now)).toBe('begun');
    c.sends('S 0:0(0)');
  });

  test('listen: a negative backlog is the host’s most, and again it changes', () => {
    const c = listening({ backlog: -1 });
    expect(c.listener?.listener?.backlog).toBe(4096);
    c.listener?.listen(1, c.now);
    c.handshake();
    c.another({ peerPort: 40001 }).handshake();
    const late = c.another({ peerPort: 40002 });
    late.peer(`S 0:0(0) win 1000 ${PLAIN}`);
    late.sendsNothing();
    late.traced('backlog-full');
  });

  test('shutdown of a listener’s reading side ends it, of its writing side nothing', () => {
    const c = listening();
    c.listener?.shutdown('write', c.now);
    expect(c.listener?.state).toBe('LISTEN');
    c.listener?.shutdown('read', c.now);
    expect(c.listener?.state).toBe('CLOSED');
    expect(errnoOf(() => c.listener?.recv(1, c.now))).toBe('ENOTCONN');
  });
});

describe('TCP_INFO', () => {
  test('counts what went and came', () => {
    const c = connected({ syn: '<mss 1000>', window: 5000 });
    const program = new Program(c);
    program.send(1500);
    c.sends('. 1:1001(1000)');
    c.sends('P. 1001:1501(500)');
    c.after(ms(40));
    c.peer('P. 1:101(100) ack 1501');
    c.sends('. 1501:1501(0) ack 101');
    c.after(ms(5));
    expect(program.info()).toMatchObject({
      tcpi_state: constantOf('TCP_ESTABLISHED'),
      tcpi_options: 0,
      tcpi_snd_mss: 1000,
      tcpi_advmss: 1460,
      tcpi_pmtu: c.family.mtuFor(1460),
      tcpi_rtt: 5000, // the handshake's 0 ms, then 40
      tcpi_min_rtt: 0,
      tcpi_bytes_sent: 1500,
      tcpi_bytes_acked: 1500,
      tcpi_bytes_received: 100,
      tcpi_data_segs_out: 2,
      tcpi_data_segs_in: 1,
      tcpi_last_data_sent: 45,
      tcpi_last_data_recv: 5,
      tcpi_last_ack_recv: 5,
      tcpi_busy_time: 40_000,
      tcpi_rwnd_limited: 0,
      tcpi_notsent_bytes: 0,
      tcpi_snd_wnd: 5000,
      tcpi_total_retrans: 0,
      tcpi_ca_state: constantOf('TCP_CA_Open'),
      tcpi_snd_cwnd: 10,
      tcpi_unacked: 0,
      tcpi_delivered: 3,
    });
  });

  test('the time that the peer’s window held data back', () => {
    const c = connected({ window: 0 });
    const program = new Program(c);
    program.send(1000);
    c.after(ms(100));
    expect(program.info()).toMatchObject({ tcpi_rwnd_limited: 100_000, tcpi_busy_time: 100_000 });
    c.peer('. 1:1(0) ack 1 win 2000');
    c.sends('P. 1:1001(1000)');
    c.after(ms(30));
    c.peer('. 1:1(0) ack 1001');
    c.after(ms(30));
    expect(program.info()).toMatchObject({ tcpi_rwnd_limited: 100_000, tcpi_busy_time: 130_000 });
  });

  test('a listener tells how many wait, and SO_MEMINFO how long buffers are', () => {
    const c = listening({ backlog: 7 });
    c.handshake();
    const program = new Program(c, c.listener);
    expect(program.info()).toMatchObject({
      tcpi_state: constantOf('TCP_LISTEN'),
      tcpi_unacked: 1,
      tcpi_sacked: 7,
      tcpi_reordering: 3,
      tcpi_snd_cwnd: 10,
      tcpi_pacing_rate: 2 ** 64,
      tcpi_max_pacing_rate: 2 ** 64,
    });
    program.set('SO_RCVBUF', 3000);
    expect(program.get('SO_MEMINFO', 36)).toMatchObject({ SK_MEMINFO_RCVBUF: 6000 });
  });
});
