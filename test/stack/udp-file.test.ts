/** UDP sockets as a process has them open: datagrams as messages, options, errors. */
import { describe, expect, test } from 'vitest';
import {
  constantOf,
  type Outgoing,
  type UserMemory,
  UdpSocketFile,
} from '../../src/stack/index.ts';
import { IPV4_ANY, utf8 } from '../../src/wire/index.ts';
import {
  errnoOf,
  HOST_ADDRESS,
  HOST_MAC,
  Laboratory,
  PEER_ADDRESS,
  PEER_MAC,
} from '../help/peer.ts';

function flags(...names: readonly string[]): number {
  return names.reduce((sum, name) => sum | (constantOf(name) ?? Number.NaN), 0);
}

const WRITABLE = flags('POLLOUT', 'POLLWRNORM', 'POLLWRBAND');
const READABLE = flags('POLLIN', 'POLLRDNORM');

/** A host with a socket at port 53, and a peer that sends to it from port 40,000. */
class Correspondence {
  readonly laboratory = new Laboratory();
  readonly file = new UdpSocketFile(this.laboratory.host.udpSocket());

  constructor() {
    this.file.bind({ address: IPV4_ANY, port: 53 });
  }

  arrives(text: string): void {
    this.laboratory.receive({
      ethernet: { source: PEER_MAC, destination: HOST_MAC },
      ipv4: { source: PEER_ADDRESS, destination: HOST_ADDRESS },
      udp: { sourcePort: 40_000, destinationPort: 53 },
      payload: utf8(text),
    });
  }

  send(buffers: readonly UserMemory[], address?: Outgoing['address']): number {
    const outgoing: Outgoing = { buffers, address, control: [], flags: 0, continues: false };
    return this.file.send(outgoing, this.laboratory.now);
  }
}

const PEER = { address: PEER_ADDRESS, port: 40_000 };

test('a datagram is readable, is peeked at, and is cut to the reader’s buffer', () => {
  const c = new Correspondence();
  expect(c.file.poll()).toBe(WRITABLE);
  expect(c.file.receive(10, 0)).toBeUndefined();
  const woken: number[] = [];
  c.file.onWake((events) => woken.push(events));
  c.arrives('question');
  c.arrives('another');
  expect(woken).toEqual([READABLE, READABLE]);
  expect(c.file.poll()).toBe(WRITABLE | READABLE);
  expect(c.file.ioctl('SIOCINQ')).toBe(8);
  expect(c.file.receive(100, flags('MSG_PEEK'))?.bytes).toEqual(utf8('question'));
  expect(c.file.receive(5, flags('MSG_TRUNC'))).toEqual({
    bytes: utf8('quest'),
    fullLength: 8,
    flags: flags('MSG_TRUNC'),
    control: [],
    address: PEER,
  });
  expect(c.file.receive(100, 0)).toMatchObject({ bytes: utf8('another'), flags: 0 });
});

test('buffers make one datagram; IP_TOS and IP_TTL are in its header', () => {
  const c = new Correspondence();
  c.file.setOption('SOL_IP', 'IP_TOS', 0x10, 4, 0);
  c.file.setOption('SOL_IP', 'IP_TTL', 3, 4, 0);
  expect(c.send([utf8('ans'), utf8('wer')], PEER)).toBe(6);
  const frame = c.laboratory.takeFrame();
  expect(frame?.payload).toEqual(utf8('answer'));
  expect([frame?.ipv4?.tos, frame?.ipv4?.ttl]).toEqual([0x10, 3]);
});

describe('errors', () => {
  test('EDESTADDRREQ, EFAULT, EOPNOTSUPP, ENOTCONN, ENOPROTOOPT', () => {
    const c = new Correspondence();
    expect(errnoOf(() => c.send([utf8('x')]))).toBe('EDESTADDRREQ');
    expect(errnoOf(() => c.send(['invalid-pointer'], PEER))).toBe('EFAULT');
    expect(errnoOf(() => c.file.listen())).toBe('EOPNOTSUPP');
    expect(errnoOf(() => c.file.accept())).toBe('EOPNOTSUPP');
    expect(errnoOf(() => c.file.shutdown('write'))).toBe('ENOTCONN');
    expect(errnoOf(() => c.file.setOption('SOL_TCP', 'TCP_NODELAY', 1, 4, 0))).toBe('ENOPROTOOPT');
    c.file.connect(PEER);
    c.file.shutdown('write');
    expect(errnoOf(() => c.send([utf8('x')]))).toBe('EPIPE');
  });

  test('IP_RECVERR: port unreachable is a pending error and an entry of the error queue', () => {
    const c = new Correspondence();
    c.file.setOption('SOL_IP', 'IP_RECVERR', 1, 4, 0);
    c.send([utf8('x')], PEER); // not connected: without the option nobody would hear of it
    const sent = c.laboratory.sent.shift()?.frame;
    const quote = sent?.bytes.subarray(14) ?? new Uint8Array();
    c.laboratory.receive({
      ethernet: { source: PEER_MAC, destination: HOST_MAC },
      ipv4: { source: PEER_ADDRESS, destination: HOST_ADDRESS },
      icmpv4: { type: 3, code: 3, rest: 0 },
      payload: quote,
    });
    expect(c.file.poll() & flags('POLLERR')).not.toBe(0);
    const received = c.file.receive(100, flags('MSG_ERRQUEUE'));
    expect(received?.address).toEqual(PEER);
    expect(received?.control).toEqual([
      {
        level: 'SOL_IP',
        type: 'IP_RECVERR',
        data: {
          kind: 'extended-error',
          error: { errno: 'ECONNREFUSED', origin: 2, type: 3, code: 3, info: 0, data: 0 },
        },
      },
    ]);
    expect(c.file.getOption('SOL_SOCKET', 'SO_ERROR', 4, 0).value).toBe(constantOf('ECONNREFUSED'));
    expect(c.file.getOption('SOL_SOCKET', 'SO_ERROR', 4, 0).value).toBe(0);
    expect(errnoOf(() => c.file.receive(1, flags('MSG_ERRQUEUE')))).toBe('EAGAIN');
  });
});
