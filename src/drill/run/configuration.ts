/**
 * How a script is run: the original's options, from the script and from the command line, which
 * wins. Options that only make sense with a real kernel, a second machine or a library loaded at
 * run time are refused by name.
 */
import { isIpv4, isIpv6Text } from './addresses.ts';
import { ScriptError } from './live.ts';
import { type Microseconds, NOWHERE, type ScriptOption } from '../syntax/script.ts';

/** What is on the wire, and which sockets the script's `...` means. */
export const MODES = ['ipv4', 'ipv4-mapped-ipv6', 'ipv6'] as const;
export type Mode = (typeof MODES)[number];

export interface Configuration {
  readonly mode: Mode;
  readonly localAddress: string;
  readonly gatewayAddress: string;
  readonly remoteAddress: string;
  readonly prefixLength: number;
  readonly bindPort: number;
  readonly connectPort: number;
  readonly mtu: number;
  /** `--mss`: injected packets with more payload were merged from segments of this size. */
  readonly mss: number | undefined;
  readonly toleranceMicroseconds: Microseconds;
  readonly tolerancePercent: number;
  /** `--tcp_ts_tick_usecs`: how long one tick of TSval takes; 0 leaves TSval unchecked. */
  readonly timestampTick: Microseconds;
  /** `--tcp_ts_ecr_scaled`: an inbound ecr need not repeat a val that was seen. */
  readonly isEchoInterpolated: boolean;
  readonly hasStrictSegments: boolean;
  /** `--tcp_md5_secret`: what `md5 valid` is made with; nothing where there is none. */
  readonly md5Secret: Uint8Array | undefined;
  /** What only warns. */
  readonly nonFatal: ReadonlySet<'packet' | 'syscall'>;
  /** Checks the script without running it. */
  readonly isDryRun: boolean;
}

/** An option, from wherever it comes. */
export type GivenOption = Pick<ScriptOption, 'name' | 'value'>;

type Draft = { -readonly [K in keyof Configuration]: Configuration[K] };

/** Where a run takes place: what the runners of the public suites say on their command line. */
type Place = Pick<
  Configuration,
  'localAddress' | 'gatewayAddress' | 'remoteAddress' | 'prefixLength' | 'mtu'
>;

const IPV4_PLACE: Place = {
  localAddress: '192.168.0.1',
  gatewayAddress: '192.168.0.1',
  remoteAddress: '192.0.2.1',
  prefixLength: 16,
  mtu: 1500,
};

/** Headers are 20 octets longer: with as much more of an MTU most scripts fit both versions. */
const IPV6_PLACE: Place = {
  localAddress: 'fd3d:a0b:17d6::1',
  gatewayAddress: 'fd3d:a0b:17d6:8888::1',
  remoteAddress: 'fd3d:fa7b:d17d::1',
  prefixLength: 48,
  mtu: 1520,
};

/** A script that says itself that it is for IPv6 knows what the tool alone would take. */
const OWN_IPV6_PLACE: Place = {
  localAddress: 'fd3d:fa7b:d17d::1',
  gatewayAddress: 'fd3d:fa7b:d17d:8888::',
  remoteAddress: '2001:db8::1',
  prefixLength: 48,
  mtu: 1500,
};

function defaults(mode: Mode, isScriptsOwn: boolean): Draft {
  const ipv6 = isScriptsOwn ? OWN_IPV6_PLACE : IPV6_PLACE;
  return {
    mode,
    ...(mode === 'ipv6' ? ipv6 : IPV4_PLACE),
    bindPort: 8080,
    connectPort: 8080,
    mss: undefined,
    toleranceMicroseconds: 4000,
    tolerancePercent: 12.5,
    timestampTick: 0,
    isEchoInterpolated: false,
    hasStrictSegments: false,
    md5Secret: undefined,
    nonFatal: new Set(),
    isDryRun: false,
  };
}

/**
 * What the runners of the public suites define for the scripts of a mode. The cookies are what a
 * kernel makes with the key of `defaults.sh`, or of zeros, for the default addresses; they are
 * written out, because the stack under test is judged by them.
 */
export function definitionsOf(mode: Mode): Map<string, string> {
  const isIpv4Wire = mode !== 'ipv6';
  const level = mode === 'ipv4' ? 'IP' : 'IPV6';
  return new Map([
    ['TFO_COOKIE', isIpv4Wire ? '3021b9d889017eeb' : 'c1d1e9742a47a9bc'],
    ['TFO_COOKIE_ZERO', isIpv4Wire ? 'b7c12350a90dc8f5' : '82af1a8f9a205c34'],
    ['CODE', isIpv4Wire ? 'host_unreachable' : 'address_unreachable'],
    ['CMSG_LEVEL_IP', `SOL_${level}`],
    ['CMSG_TYPE_RECVERR', `${level}_RECVERR`],
  ]);
}

/** The configuration for one script, or the first option that is wrong. */
export function configure(
  script: readonly ScriptOption[],
  commandLine: readonly GivenOption[],
): Configuration | ScriptError {
  const isVersion = ({ name }: GivenOption): boolean => name === 'ip_version';
  const version = [...script, ...commandLine].findLast(isVersion)?.value ?? 'ipv4';
  const isScriptsOwn = script.some(isVersion);
  const draft = defaults(isMode(version) ? version : 'ipv4', isScriptsOwn);
  for (const option of script) {
    // The runners' command line wins over addresses of a script that is run by another version.
    if (draft.mode === 'ipv6' && !isScriptsOwn && isIpv4Place(option)) continue;
    const problem = apply(draft, option);
    if (problem !== undefined) return new ScriptError(option.place, problem);
  }
  for (const option of commandLine) {
    const problem = apply(draft, option);
    if (problem !== undefined) return new ScriptError(NOWHERE, problem);
  }
  return draft;
}

/** Whether the option says an address of IPv4. */
function isIpv4Place({ name, value }: GivenOption): boolean {
  return name.endsWith('_ip') && value !== undefined && isIpv4(value.replace(/\/\d+$/, ''));
}

/** Takes a value over into the draft, or says what is wrong with it. */
type Setter = (draft: Draft, value: string) => string | undefined;

function apply(draft: Draft, { name, value }: GivenOption): string | undefined {
  const flag = FLAGS.get(name);
  if (flag !== undefined) {
    if (value !== undefined) return `--${name} takes no value`;
    flag(draft);
    return undefined;
  }
  const refusal = REFUSED.get(name);
  if (refusal !== undefined) return `--${name} is not supported: ${refusal}`;
  const setter = SETTERS.get(name);
  if (setter === undefined) return `no option is called --${name}`;
  if (value === undefined) return `--${name} needs a value`;
  const problem = setter(draft, value);
  return problem === undefined ? undefined : `--${name}=${value}: ${problem}`;
}

const ignore = (): undefined => undefined;

const FLAGS: ReadonlyMap<string, (draft: Draft) => void> = new Map([
  ['tcp_ts_ecr_scaled', (draft: Draft) => void (draft.isEchoInterpolated = true)],
  ['strict_segments', (draft: Draft) => void (draft.hasStrictSegments = true)],
  ['dry_run', (draft: Draft) => void (draft.isDryRun = true)],
  // How the original frees buffers, and how much it says of itself.
  ['send_omit_free', ignore],
  ['verbose', ignore],
  ['debug', ignore],
]);

/** Two machines that run one script together. */
// prettier-ignore
const WIRE_MODE = [
  'wire_client', 'wire_client_dev', 'wire_server', 'wire_server_dev', 'wire_server_ip',
  'wire_server_at', 'wire_server_port',
];

const REFUSED: ReadonlyMap<string, string> = new Map([
  ...WIRE_MODE.map((name): [string, string] => [name, 'client and stack are one process']),
  ['so_filename', 'a stack is a StackFactory, not a shared library'],
  ['so_flags', 'a stack is a StackFactory, not a shared library'],
  ['code_command', 'code is interpreted, no process is started'],
  ['code_format', 'code is interpreted, no process is started'],
  ['init_scripts', 'no process is started; begin the script with a command'],
  ['is_anyip', 'the host owns one address'],
  ['psp_udp_port', 'there is no PSP'],
  ['udp_encapsulation', 'there is no TCP over UDP'],
]);

const SETTERS: ReadonlyMap<string, Setter> = new Map<string, Setter>([
  ['ip_version', (_draft, value) => (isMode(value) ? undefined : `expected ${MODES.join(', ')}`)],
  ['local_ip', (draft, value) => address(draft, value, (text) => (draft.localAddress = text))],
  ['gateway_ip', (draft, value) => address(draft, value, (text) => (draft.gatewayAddress = text))],
  ['remote_ip', (draft, value) => address(draft, value, (text) => (draft.remoteAddress = text))],
  ['netmask_ip', setNetmask],
  ['bind_port', (draft, value) => whole(value, 1, 65_535, (n) => (draft.bindPort = n))],
  ['connect_port', (draft, value) => whole(value, 1, 65_535, (n) => (draft.connectPort = n))],
  ['mtu', (draft, value) => whole(value, 68, 65_535, (n) => (draft.mtu = n))],
  ['mss', (draft, value) => whole(value, 1, 65_535, (n) => (draft.mss = n))],
  [
    'tolerance_usecs',
    (draft, value) => whole(value, 1, 1e12, (n) => (draft.toleranceMicroseconds = n)),
  ],
  ['tolerance_percent', setPercent],
  ['tcp_ts_tick_usecs', (draft, value) => whole(value, 0, 1e6, (n) => (draft.timestampTick = n))],
  ['non_fatal', setNonFatal],
  ['define', (_draft, value) => (/^\w+=/.test(value) ? undefined : 'expected NAME=VALUE')],
  ['D', (_draft, value) => (/^\w+=/.test(value) ? undefined : 'expected NAME=VALUE')],
  ['code_sockopt', ignore],
  ['speed', ignore],
  [
    'tcp_md5_secret',
    (draft, value) => {
      if (!/^[\x20-\x7e]{1,80}$/.test(value)) return 'expected up to 80 characters of ASCII';
      draft.md5Secret = Uint8Array.from(value, (character) => character.charCodeAt(0));
      return undefined;
    },
  ],
]);

function isMode(text: string): text is Mode {
  return (MODES as readonly string[]).includes(text);
}

function address({ mode }: Draft, value: string, set: (text: string) => void): string | undefined {
  const text = value.replace(/\/\d+$/, '');
  if (mode === 'ipv6' && !isIpv6Text(text)) return 'expected an IPv6 address';
  if (mode !== 'ipv6' && !isIpv4(text)) return 'expected an IPv4 address';
  set(text);
  return undefined;
}

function setNetmask(draft: Draft, value: string): string | undefined {
  if (!isIpv4(value)) return 'expected a netmask such as 255.255.0.0';
  const bits = value.split('.').map((octet) => Number(octet).toString(2).padStart(8, '0'));
  const ones = bits.join('').replace(/0*$/, '');
  if (ones.includes('0')) return 'the ones of a netmask come first';
  if (draft.mode !== 'ipv6') draft.prefixLength = ones.length;
  return undefined;
}

function whole(
  value: string,
  least: number,
  most: number,
  set: (n: number) => void,
): string | undefined {
  const n = Number(value);
  if (!/^\d+$/.test(value) || n < least || n > most) {
    return `expected a whole number, ${least} to ${most}`;
  }
  set(n);
  return undefined;
}

function setPercent(draft: Draft, value: string): string | undefined {
  const n = Number(value);
  if (!/^\d+(\.\d*)?$/.test(value) || n > 100) return 'expected a number, 0 to 100';
  draft.tolerancePercent = n;
  return undefined;
}

function setNonFatal(draft: Draft, value: string): string | undefined {
  const kinds = new Set<'packet' | 'syscall'>();
  for (const word of value.split(/[, ]+/)) {
    if (word !== 'packet' && word !== 'syscall') return 'expected packet, syscall or both';
    kinds.add(word);
  }
  draft.nonFatal = kinds;
  return undefined;
}
