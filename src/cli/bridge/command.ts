/** `tcpetri bridge`: its options. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Framing } from '../../bridge/index.ts';
import type { PipeOptions } from '../../sim/index.ts';
import { type MacAddress, parseMac } from '../../wire/index.ts';
import { UsageError } from '../errors.ts';
import { findScenario } from '../scenario-files.ts';
import { bridge } from './bridge.ts';
import { Datagrams } from './datagrams.ts';
import { parseImpairments } from './impairments.ts';
import { parsePlace, type Place } from './place.ts';
import { parseSeed } from '../seed.ts';
import { ConnectingStream, ListeningStream, StandardStreams } from './stream-frames.ts';
import type { Transport } from './transport.ts';

/** Values of a scenario's parameters, by their names. */
type Settings = Readonly<Record<string, string>>;

/** What was asked for on the command line. */
export interface BridgeCommandOptions {
  readonly framing?: Framing;
  readonly listen?: Place;
  readonly connect?: Place;
  readonly udp?: true;
  readonly set?: Settings;
  readonly outside?: string;
  readonly netem?: PipeOptions;
  readonly write?: string;
  readonly seed?: number;
  readonly mac?: MacAddress;
}

const EXAMPLES = `
Examples:
  tcpetri bridge bridge/host < /dev/null                    IP packets on stdin and stdout
  tcpetri bridge bridge/host --udp --listen :7001 --framing ip
  tcpetri bridge bridge/host --listen ./net.sock --netem 'delay 10ms loss 1%' -w bridge.pcapng
  tcpetri bridge bridge/host --framing ethernet --set address=10.0.2.2/24 < /dev/null

The second, beside Linux as root, and the third, beside a guest:
  socat TUN:192.0.2.1/24,up,iff-no-pi UDP:127.0.0.1:7001
  curl http://192.0.2.2/10000000
  qemu-system-x86_64 … -netdev stream,id=n,server=off,addr.type=unix,addr.path=net.sock \\
      -device virtio-net-pci,netdev=n

It ends with the scenario's programs, when what they sent is delivered, by SIGINT, or when the other
side ends; with --listen another may come. Frames are IP packets one after the other (ip), or
Ethernet frames, each behind its length in four octets, big-endian, as QEMU has it (ethernet); over
UDP each is a datagram.`;

/** Adds the command to the program. */
export function addBridgeCommand(program: Command): void {
  program
    .command('bridge')
    .summary('join a scenario to real stacks')
    .description(
      'Runs a scenario in real time; what leaves it at its outside goes to other stacks, and ' +
        "theirs comes in. Raw IP on standard input and output by default, QEMU's Ethernet framing " +
        'on sockets.',
    )
    .argument('<scenario>', 'a name that `tcpetri list` shows, or a file')
    .addOption(new Option('--framing <framing>', 'what is exchanged').choices(['ip', 'ethernet']))
    .option('--listen <place>', 'wait for the other side at HOST:PORT or a path', parsePlace)
    .option('--connect <place>', 'connect to the other side', parsePlace)
    .option('--udp', 'a frame a datagram; with --listen the peer is who sent last')
    .option('--set <name=value>', "set one of the scenario's parameters", addSetting)
    .option('--outside <name>', "which of the scenario's outsides")
    .option('--netem <words>', 'impair both ways, as tc-netem(8)', parseImpairments)
    .option('-w, --write <file>', 'write what crosses the bridge: .pcap or .pcapng')
    .option('--seed <number>', 'where chance starts from (default: another each time)', parseSeed)
    .option(
      '--mac <address>',
      'the first hardware address (default: by name and settings)',
      parseStation,
    )
    .addHelpText('after', EXAMPLES)
    .action(async (nameOrFile: string, options: BridgeCommandOptions) => {
      const framing = options.framing ?? (isStandard(options) ? 'ip' : 'ethernet');
      const transport = transportOf(options, framing);
      await bridge(await findScenario(nameOrFile), transport, { ...options, framing });
    });
}

function isStandard({ listen, connect }: BridgeCommandOptions): boolean {
  return listen === undefined && connect === undefined;
}

function transportOf(options: BridgeCommandOptions, framing: Framing): Transport {
  const { listen, connect, udp } = options;
  if (isStandard(options) && options.write === '-') {
    throw new UsageError('-w -: standard output is the bridge');
  }
  if (isStandard(options) && process.stdin.isTTY) {
    throw new UsageError(
      'standard input is a terminal, which sends no packets: give --listen or --connect, or a pipe',
    );
  }
  if (udp === true) {
    if (isStandard(options)) throw new UsageError('--udp needs --listen, --connect or both');
    return new Datagrams(listen, connect);
  }
  if (listen !== undefined && connect !== undefined) {
    throw new UsageError('--listen and --connect together are for --udp');
  }
  if (listen !== undefined) return new ListeningStream(framing, listen);
  if (connect !== undefined) return new ConnectingStream(framing, connect);
  return new StandardStreams(framing);
}

/** @throws InvalidArgumentError for what is no hardware address, or a group's: odd at first */
function parseStation(text: string): MacAddress {
  if (!/^[\da-f][02468ace](:[\da-f]{2}){5}$/i.test(text)) {
    throw new InvalidArgumentError("a hardware address is as 02:00:00:00:00:01, and no group's.");
  }
  return parseMac(text);
}

function addSetting(text: string, settings: Settings | undefined): Settings | undefined {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('a setting is NAME=VALUE.');
  return { ...settings, [text.slice(0, at)]: text.slice(at + 1) };
}
