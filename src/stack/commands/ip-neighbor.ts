/** `ip neigh`: who is known on the links, and how far that is believed (ip-neighbour(8)). */
import { type IpAddress, isIpv6, parseIp, parseMac, printIp, printMac } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { Neighbor, NeighborState } from '../neighbor/neighbor.ts';
import type { Port } from '../ip/routing.ts';
import {
  type CommandContext,
  type CommandOutcome,
  done,
  failed,
  NOT_PERMITTED,
} from './command.ts';
import { ROOT } from './holders.ts';
import { isShort } from './ip-words.ts';

const NO_ANSWER = 'RTNETLINK answers: ';

/** The states that an administrator may give. */
const GIVEN = ['PERMANENT', 'REACHABLE', 'STALE'] as const;
type GivenState = (typeof GIVEN)[number];

/** What stands behind the verb. */
interface Words {
  readonly address: string | undefined;
  /** By the words before them: `dev`, `lladdr`, `nud`. */
  readonly values: ReadonlyMap<string, string>;
}

export function ipNeighbor(
  context: CommandContext,
  isVersion6: boolean,
  verb: string,
  operands: readonly string[],
): CommandOutcome {
  const { host, now, user } = context;
  const words = read(operands);
  const device = words.values.get('dev');
  if (device !== undefined && host.portNamed(device) === undefined) {
    return failed(1, `Cannot find device "${device}"`);
  }
  if (isShort(verb, 'show') || isShort(verb, 'list')) return show(host, isVersion6, words);
  if (isShort(verb, 'flush')) {
    if (operands.length === 0) return failed(1, 'Flush requires arguments.');
    for (const { port, neighbor } of chosen(host, isVersion6, words)) {
      const isMeant = neighbor.state !== 'PERMANENT' || words.values.has('nud');
      if (isMeant && user !== ROOT) return NOT_PERMITTED;
      if (isMeant) port.neighbors.remove(neighbor.address, now);
    }
    return done();
  }
  if (verb === 'get') return get(host, isVersion6, words);
  const isDeletion = (verb !== '' && 'delete'.startsWith(verb)) || verb === 'del';
  if (!isDeletion && !['add', 'change', 'replace'].includes(verb)) {
    return failed(255, `Command "${verb}" is unknown, try "ip neigh help".`);
  }
  return set(context, isDeletion ? 'delete' : verb, words);
}

function read(operands: readonly string[]): Words {
  const values = new Map<string, string>();
  let address: string | undefined;
  for (let i = 0; i < operands.length; i++) {
    const word = operands[i]!;
    if (['dev', 'lladdr', 'nud', 'to'].includes(word)) values.set(word, operands[++i] ?? '');
    else if (word !== 'all') address = word;
  }
  return { address: values.get('to') ?? address, values };
}

/** Adds, changes or deletes one neighbour. */
function set(
  { host, now, user }: CommandContext,
  verb: string,
  { address, values }: Words,
): CommandOutcome {
  const port = host.portNamed(values.get('dev') ?? '');
  if (port === undefined || address === undefined) {
    return failed(255, 'Device and destination are required arguments.');
  }
  const target = textually(parseIp, address);
  if (target === undefined) {
    return failed(1, `Error: any valid address is expected rather than "${address}".`);
  }
  if (user !== ROOT) return NOT_PERMITTED;
  const known = port.neighbors.find(target);
  if (known === undefined && (verb === 'delete' || verb === 'change')) {
    return failed(2, `${NO_ANSWER}No such file or directory`);
  }
  if (known !== undefined && verb === 'add') return failed(2, `${NO_ANSWER}File exists`);
  if (verb === 'delete') {
    port.neighbors.remove(target, now);
    return done();
  }
  const hardware = values.get('lladdr');
  if (hardware === undefined) return failed(2, 'Error: No link layer address given.');
  const mac = textually(parseMac, hardware);
  if (mac === undefined) return failed(1, `"${hardware}" is invalid lladdr.`);
  const state = givenState(values.get('nud') ?? 'permanent');
  if (state === undefined) {
    return failed(255, `Error: argument "${values.get('nud')}" is wrong: nud state is bad`);
  }
  if (known?.state === 'PERMANENT') port.neighbors.remove(target, now);
  port.neighbors.learn(target, { mac, state, override: true }, true, now);
  return done();
}

function givenState(word: string): GivenState | undefined {
  return GIVEN.find((state) => state.toLowerCase() === word);
}

function textually<T>(parse: (text: string) => T, text: string): T | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** One neighbour of one link. */
function get(host: Host, isVersion6: boolean, { address, values }: Words): CommandOutcome {
  const port = host.portNamed(values.get('dev') ?? '');
  if (port === undefined || address === undefined) {
    return failed(1, 'Device and address are required arguments.');
  }
  const target = textually(parseIp, address);
  if (target === undefined || (isVersion6 && !isIpv6(target))) {
    const what = isVersion6 ? 'inet6' : 'any valid';
    return failed(1, `Error: ${what} address is expected rather than "${address}".`);
  }
  const neighbor = port.neighbors.find(target);
  if (neighbor === undefined) return failed(2, 'Error: Neighbour entry not found.');
  return done(print(neighbor, port));
}

/** The neighbours that the words choose, link by link. */
function chosen(
  host: Host,
  isVersion6: boolean,
  { address, values }: Words,
): { readonly port: Port; readonly neighbor: Neighbor }[] {
  const target: IpAddress | undefined =
    address === undefined ? undefined : textually(parseIp, address);
  const state: NeighborState | undefined = values.has('nud')
    ? (values.get('nud')?.toUpperCase() as NeighborState)
    : undefined;
  return host.interfaces.flatMap(({ name }) => {
    const port = host.portNamed(name);
    if (port === undefined || (values.has('dev') && values.get('dev') !== name)) return [];
    return [...port.neighbors.entries()]
      .filter((neighbor) => !isVersion6 || isIpv6(neighbor.address))
      .filter((neighbor) => target === undefined || neighbor.address === target)
      .filter((neighbor) => state === undefined || neighbor.state === state)
      .map((neighbor) => ({ port, neighbor }));
  });
}

function show(host: Host, isVersion6: boolean, words: Words): CommandOutcome {
  const isOfOneDevice = words.values.has('dev');
  const lines = chosen(host, isVersion6, words).map(({ port, neighbor }) =>
    print(neighbor, isOfOneDevice ? undefined : port),
  );
  return done(lines.join(''));
}

/** Its line; of which link it is, unless all are of one. */
function print({ address, mac, isKnown, isRouter, state }: Neighbor, port?: Port): string {
  return [
    printIp(address),
    ...(port === undefined ? [] : [`dev ${port.interface.name}`]),
    ...(isKnown ? [`lladdr ${printMac(mac)}`] : []),
    ...(isRouter ? ['router'] : []),
    `${state} \n`,
  ].join(' ');
}
