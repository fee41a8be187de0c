/** Scripts from captures: the numbers are the script's own, the calls those that must have been. */
import { assert, integer, nat, property } from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Connection,
  RecordError,
  recordScript,
  type RecordedScript,
} from '../../src/drill/record/index.ts';
import type { Expression, PacketSpec, SystemCallSpec } from '../../src/drill/index.ts';
import { seqAdd } from '../../src/wire/index.ts';
import { connectionsOf } from './connections.ts';

let handshake: Connection;
beforeAll(async () => {
  [handshake] = (await connectionsOf('handshake', 'server')) as [Connection];
});

/** The calls in order: `write 4 8`, `close 4` … */
function callsOf({ script }: RecordedScript): string[] {
  return script.events
    .map(({ action }) => action)
    .filter((action): action is SystemCallSpec => action.kind === 'system-call')
    .map((call) => [call.name, ...call.arguments.map(textOf)].filter(Boolean).join(' '));
}

function textOf(expression: Expression): string {
  switch (expression.kind) {
    case 'integer':
      return String(expression.value);
    case 'word':
      return expression.word;
    case 'or':
      return expression.operands.map(textOf).join('|');
    default:
      return '';
  }
}

function packetsOf({ script }: RecordedScript): PacketSpec[] {
  return script.events
    .map(({ action }) => action)
    .filter((action): action is PacketSpec => action.kind === 'packet');
}

/** `< S 0:0(0)`: direction, sequence, and acknowledgment. */
function line({ direction, transport }: PacketSpec): string {
  if (transport.kind !== 'tcp' || transport.sequence.kind === 'ignored') return '?';
  const { start, length } = transport.sequence;
  const arrow = direction === 'inbound' ? '<' : '>';
  const ack = transport.ack === undefined ? '' : ` ack ${transport.ack.value}`;
  return `${arrow} ${start}:${start + length}(${length})${ack}`;
}

describe('laws', () => {
  test('where the numbers of a connection begin does not matter', () => {
    const expected = recordScript(handshake, 'acceptor').script;
    const u32 = nat(0xffff_ffff);
    assert(
      property(u32, u32, u32, u32, (openerBy, acceptorBy, openerTime, acceptorTime) => {
        const moved: Connection = {
          ...handshake,
          segments: handshake.segments.map((segment) => {
            const { isFromOpener, flags, options } = segment;
            const [by, ackBy] = isFromOpener ? [openerBy, acceptorBy] : [acceptorBy, openerBy];
            const [time, echo] = isFromOpener
              ? [openerTime, acceptorTime]
              : [acceptorTime, openerTime];
            if (options instanceof Uint8Array) throw new TypeError('a list');
            return {
              ...segment,
              seq: seqAdd(segment.seq, by | 0),
              ack: (flags & 16) === 0 ? segment.ack : seqAdd(segment.ack, ackBy | 0),
              options: options.map((option) =>
                option.kind === 'timestamps'
                  ? {
                      ...option,
                      tsVal: (option.tsVal + time) >>> 0,
                      tsEcr: option.tsEcr === 0 ? 0 : (option.tsEcr + echo) >>> 0,
                    }
                  : option,
              ),
            };
          }),
        };
        // An echo that happens to be 0 reads as none; one in 2³² is.
        expect(recordScript(moved, 'acceptor').script).toEqual(expected);
      }),
    );
  });

  test('where it was captured does not matter, if the way is always as long', () => {
    const expected = recordScript(handshake, 'acceptor').script;
    assert(
      property(integer({ min: 500, max: 4_000_000 }), (microseconds) => {
        const way = microseconds * 1000;
        const elsewhere: Connection = {
          ...handshake,
          segments: handshake.segments
            .map((each) => ({ ...each, at: each.at + (each.isFromOpener ? -way : way) }))
            .toSorted((a, b) => a.at - b.at),
        };
        expect(recordScript(elsewhere, 'acceptor').script).toEqual(expected);
      }),
    );
  });

  test('of either end, the packets are the same, the other way round', () => {
    const [here, there] = (['acceptor', 'opener'] as const).map((local) =>
      packetsOf(recordScript(handshake, local)).map(line),
    );
    const turned = there!.map((text) => (text.startsWith('<') ? '>' : '<') + text.slice(1));
    expect(turned.toSorted()).toEqual(here!.toSorted());
  });
});

describe('the calls', () => {
  test('of a server that reads, writes and closes', () => {
    expect(callsOf(recordScript(handshake, 'acceptor'))).toEqual([
      'socket SOCK_STREAM IPPROTO_TCP',
      'setsockopt 3 SOL_SOCKET SO_REUSEADDR 4',
      'bind 3',
      'listen 3 1',
      'accept 3',
      'read 4 6',
      'write 4 8',
      'close 4',
    ]);
  });

  test('of a client', async () => {
    const [connection] = await connectionsOf('handshake', 'client');
    expect(callsOf(recordScript(connection!, 'opener'))).toEqual([
      'socket SOCK_STREAM IPPROTO_TCP',
      'fcntl 3 F_SETFL O_RDWR|O_NONBLOCK',
      'connect 3',
      'getsockopt 3 SOL_SOCKET SO_ERROR',
      'fcntl 3 F_SETFL O_RDWR',
      'write 3 6',
      'read 3 8',
      'close 3',
    ]);
  });

  test('a client that aborts, and its server', async () => {
    const [connection] = await connectionsOf('published/windows-to-centos-lan', 'windows');
    expect(callsOf(recordScript(connection!, 'opener')).slice(-4)).toEqual([
      'write 3 5',
      'write 3 6',
      'setsockopt 3 SOL_SOCKET SO_LINGER 8',
      'close 3',
    ]);
    const server = callsOf(recordScript(connection!, 'acceptor'));
    expect(server.slice(-3)).toEqual(['accept 3', 'read 4 5', 'read 4 6']);
  });

  test('a program that reads on after its FIN has only shut down its side', async () => {
    const connections = await connectionsOf('published/time-server-loopback', 'host');
    const { script, remarks } = recordScript(connections.at(-1)!, 'acceptor');
    expect(callsOf({ script, remarks }).at(-1)).toBe('shutdown 4 SHUT_WR');
    expect(remarks.join('\n')).toContain('when it closes cannot be told');
  });

  test('nobody listens', async () => {
    const connections = await connectionsOf('published/socket-calls-loopback', 'host');
    const refused = connections.find(({ segments }) => segments.length === 2)!;
    expect(callsOf(recordScript(refused, 'acceptor'))).toEqual([]);
    expect(callsOf(recordScript(refused, 'opener')).at(-1)).toBe(
      'getsockopt 3 SOL_SOCKET SO_ERROR',
    );
  });
});

test('a host on loopback has its MTU in the script', async () => {
  const [connection] = await connectionsOf('published/nc-loopback', 'wsl');
  const { options } = recordScript(connection!, 'acceptor').script;
  expect(options.map(({ name, value }) => `${name}=${value}`)).toEqual(['mtu=65535']);
});

test('a capture without the beginning is refused', () => {
  expect(() => recordScript({ ...handshake, hasBeginning: false }, 'acceptor')).toThrow(
    RecordError,
  );
});
