/**
 * FreeBSD's `sockstat`: the TCP sockets of the host, a line each (sockstat(1)). Scripts count
 * states with it: `sockstat -4 -P tcp -s -p 8080 | grep -c SYN_RCVD`.
 */
import { type IpAddress, isAnyAddress, isIpv6, printIp } from '../../wire/index.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';
import { BSD_STATES, type ListedSocket, listSockets } from './connections.ts';

const HEADER = 'USER     COMMAND    PID   FD PROTO  LOCAL ADDRESS         FOREIGN ADDRESS      ';

export function sockstat({ host }: CommandContext, words: readonly string[]): CommandOutcome {
  let letters = '';
  let ports: ReadonlySet<number> | undefined;
  let isTcp = true;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!/^-[46cLlnqsSuvwP-p]*$/.test(word)) return failed(1, `sockstat: illegal operand ${word}`);
    letters += word.slice(1);
    if (word.endsWith('P')) isTcp = (words[++i] ?? '').split(',').includes('tcp');
    if (!word.endsWith('p')) continue;
    const asked = portsOf(words[++i] ?? '');
    if (asked === undefined) return failed(1, `sockstat: invalid port "${words[i] ?? ''}"`);
    ports = asked;
  }
  const isListed = ({ localPort, remotePort, state }: ListedSocket): boolean => {
    if (!isTcp || (letters.includes('6') && !letters.includes('4'))) return false;
    const isListening = state === 'LISTEN';
    const isOneKind = letters.includes('l') !== letters.includes('c');
    if (isOneKind && isListening !== letters.includes('l')) return false;
    return ports === undefined || ports.has(localPort) || ports.has(remotePort);
  };
  const withState = letters.includes('s');
  const lines = listSockets(host)
    .filter(isListed)
    .map((socket) => line(socket, withState));
  const header = letters.includes('q') ? [] : [`${HEADER}${withState ? ' STATE' : ''}`];
  return done([...header, ...lines].map((text) => `${text.trimEnd()}\n`).join(''));
}

/** `8080`, `80,443` and `8000-8010`. */
function portsOf(text: string): ReadonlySet<number> | undefined {
  const ports = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    if (match === null) return undefined;
    const last = Number(match[2] ?? match[1]);
    if (last > 0xffff) return undefined;
    for (let port = Number(match[1]); port <= last; port++) ports.add(port);
  }
  return ports;
}

function line(socket: ListedSocket, withState: boolean): string {
  const local = endpoint(socket.localAddress, socket.localPort);
  const foreign = endpoint(socket.remoteAddress, socket.remotePort);
  const protocol = isIpv6(socket.localAddress) ? 'tcp6' : 'tcp4';
  const state = withState ? ` ${BSD_STATES[socket.state]}` : '';
  return `?        ?          ?     ?  ${protocol}   ${local.padEnd(21)} ${foreign.padEnd(21)}${state}`;
}

function endpoint(address: IpAddress, port: number): string {
  return `${isAnyAddress(address) ? '*' : printIp(address)}:${port === 0 ? '*' : port}`;
}
