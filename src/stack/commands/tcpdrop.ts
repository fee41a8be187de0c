/**
 * FreeBSD's `tcpdrop`: ends connections at once (tcpdrop(8)). The peer is told by a RST unless the
 * connection has not heard of it yet or is in TIME-WAIT; the program's next call fails with
 * ECONNABORTED.
 */
import { type IpAddress, parseIp, printIp, TcpFlag } from '../../wire/index.ts';
import { cause } from '../cause.ts';
import { close } from '../tcp/close.ts';
import type { Tcb } from '../tcp/tcb.ts';
import { transmit } from '../tcp/transmit.ts';
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
  const one = connections.find((tcb) => isNamed(tcb, operands));
  if (one === undefined) return failed(1, `tcpdrop: ${operands.join(' ')}: No such process`);
  return drop([one], isList, now);
}

function isNamed(tcb: Tcb, operands: readonly string[]): boolean {
  const [local, localPort, remote, remotePort] = operands;
  return (
    addressOf(local) === tcb.localAddress &&
    Number(localPort) === tcb.localPort &&
    addressOf(remote) === tcb.remoteAddress &&
    Number(remotePort) === tcb.remotePort
  );
}

function addressOf(text = ''): IpAddress | undefined {
  try {
    return parseIp(text);
  } catch {
    return undefined;
  }
}

function drop(connections: readonly Tcb[], isList: boolean, now: Instant): CommandOutcome {
  const lines = connections.map((tcb) => {
    const name = nameOf(tcb);
    if (isList) return `tcpdrop ${name}\n`;
    dropConnection(tcb, now);
    return `${name}: dropped\n`;
  });
  return done(lines.join(''));
}

function nameOf({ localAddress, localPort, remoteAddress, remotePort }: Tcb): string {
  return `${printIp(localAddress)} ${localPort} ${printIp(remoteAddress)} ${remotePort}`;
}

function dropConnection(tcb: Tcb, now: Instant): void {
  if (tcb.state !== 'SYN-SENT' && tcb.state !== 'TIME-WAIT') {
    transmit(tcb, tcb.snd.nxt, TcpFlag.rst, 0, 0, DROPPED, now);
  }
  close(tcb, 'ECONNABORTED', DROPPED, now);
}
