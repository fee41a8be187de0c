/**
 * FreeBSD's `tcpdrop`: ends connections at once (tcpdrop(8)). The peer is told by a RST unless the
 * connection has not heard of it yet or is in TIME-WAIT; the program's next call fails with
 * ECONNABORTED.
 */
import { type IpAddress, parseIp, printIp, TcpFlag } from '../../wire/index.ts';
import { cause } from '../cause.ts';
import { close } from '../tcp/close.ts';
import { Tcb } from '../tcp/tcb.ts';
import type { Connection } from '../tcp/tcp.ts';
import { sendFromRecord } from '../tcp/time-wait/answer.ts';
import { endRecord } from '../tcp/time-wait/arrives.ts';
import { transmit } from '../tcp/send/transmit.ts';
import type { Instant } from '../time.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';
import { BSD_STATES } from './connections.ts';

const DROPPED = cause('tcpdrop', 'the administrator dropped it', 'RFC 9293 §3.10.5, tcpdrop(8)');

const USAGE = 'usage: tcpdrop [-l] -a | -s state | local-address local-port foreign-address port';

export function tcpdrop({ host, now }: CommandContext, words: readonly string[]): CommandOutcome {
  const isList = words.includes('-l');
  const operands = words.filter((word) => word !== '-l');
  const connections = host.tcp.connections();
  if (operands.length === 1 && operands[0] === '-a') return drop(connections, isList, now);
  if (operands.length === 2 && operands[0] === '-s') {
    const name = operands[1] ?? '';
    if (!Object.values(BSD_STATES).includes(name)) {
      return failed(1, `tcpdrop: unknown TCP state ${name}`);
    }
    const those = connections.filter(({ state }) => BSD_STATES[state] === name);
    return drop(those, isList, now);
  }
  if (operands.length !== 4) return failed(1, USAGE);
  const one = connections.find((connection) => isNamed(connection, operands));
  if (one === undefined) return failed(1, `tcpdrop: ${operands.join(' ')}: No such process`);
  return drop([one], isList, now);
}

function isNamed(connection: Connection, operands: readonly string[]): boolean {
  const [local, localPort, remote, remotePort] = operands;
  return (
    addressOf(local) === connection.localAddress &&
    Number(localPort) === connection.localPort &&
    addressOf(remote) === connection.remoteAddress &&
    Number(remotePort) === connection.remotePort
  );
}

function addressOf(text = ''): IpAddress | undefined {
  try {
    return parseIp(text);
  } catch {
    return undefined;
  }
}

function drop(connections: readonly Connection[], isList: boolean, now: Instant): CommandOutcome {
  const lines = connections.map((connection) => {
    const name = nameOf(connection);
    if (isList) return `tcpdrop ${name}\n`;
    dropConnection(connection, now);
    return `${name}: dropped\n`;
  });
  return done(lines.join(''));
}

function nameOf({ localAddress, localPort, remoteAddress, remotePort }: Connection): string {
  return `${printIp(localAddress)} ${localPort} ${printIp(remoteAddress)} ${remotePort}`;
}

function dropConnection(connection: Connection, now: Instant): void {
  const { state } = connection;
  const isTold = state !== 'SYN-SENT' && state !== 'TIME-WAIT';
  if (connection instanceof Tcb) {
    if (isTold) transmit(connection, connection.snd.nxt, TcpFlag.rst, 0, 0, DROPPED, now);
    close(connection, 'ECONNABORTED', DROPPED, now);
  } else {
    if (isTold) sendFromRecord(connection, TcpFlag.rst, DROPPED, now);
    endRecord(connection, DROPPED, now);
  }
}
