/**
 * What the experiments' hosts have counted when all is over: `nstat -asz` of a real kernel's, at the
 * end of a `stages.txt`, beside the simulated hosts' counters.
 */
import { readFileSync } from 'node:fs';
import type { SimulatedHost } from '../../src/sim/index.ts';

/** Names and counts of one host; what is 0 is not there. */
export interface EndCounters {
  readonly host: string;
  readonly counts: ReadonlyMap<string, number>;
}

/** The kernel's, of each host. */
export function readEndCounters(file: URL): EndCounters[] {
  const sections = readFileSync(file, 'utf8')
    .split(/^##### nstat counters in /m)
    .slice(1);
  return sections.map((section) => {
    const [title = '', ...lines] = section.trimEnd().split('\n');
    const rows = lines.map((line): [string, number] => {
      const [name = '', count] = line.split(' ');
      return [name, Number(count)];
    });
    return { host: title.split(' ')[0]!, counts: new Map(rows) };
  });
}

/** What was asked for. */
const ASKED = /Tcp|Ip(?:InD|OutR|Frag|Reasm)|Udp|Icmp/;

/** A simulated host's. */
export function endCountersOf(host: SimulatedHost): EndCounters {
  const printed = host.command('nstat -as').trimEnd().split('\n').slice(1);
  const rows = printed.map((line): [string, number] => {
    const [name = '', count] = line.split(/ +/);
    return [name, Number(count)];
  });
  return { host: host.name, counts: new Map(rows.filter(([name]) => ASKED.test(name))) };
}

/** One count that is not as the kernel's. */
export interface CountDifference {
  readonly name: string;
  readonly kernel: number;
  readonly ours: number;
}

/** What the kernel counts of its own workings, of which the simulator has none as a rule. */
const OF_THE_KERNEL = [
  /BacklogCoalesce/, // what came while a program's call held the socket's lock, put together
  /LockDroppedIcmps/, // what could not wait so long
  /SackShift|SackMerged/, // how packets that wait for their acknowledgment are put together
  /SpuriousRtxHostQueues/, // a device that has not sent the first one yet
  /^Icmp(?:Msg|6)(?:In|Out)Type/, // each message by its number, once more
];

export function countDifferences(kernel: EndCounters, ours: EndCounters): CountDifference[] {
  const names = new Set([...kernel.counts.keys(), ...ours.counts.keys()]);
  return [...names]
    .filter((name) => !OF_THE_KERNEL.some((pattern) => pattern.test(name)))
    .filter((name) => !(ACKNOWLEDGMENTS.includes(name) && agreeWithBacklog(kernel, ours)))
    .map((name) => ({ name, kernel: countOf(kernel, name), ours: countOf(ours, name) }))
    .filter((one) => one.kernel !== one.ours && !isBurst(one));
}

function countOf({ counts }: EndCounters, name: string): number {
  return counts.get(name) ?? 0;
}

/** The kernel hands what goes at once to IP as one long packet. */
function isBurst({ name, kernel, ours }: CountDifference): boolean {
  return name === 'IpOutRequests' && kernel < ours;
}

const ACKNOWLEDGMENTS = ['TcpExtTCPPureAcks', 'TcpExtTCPHPAcks'];
const JOINED = 'TcpExtTCPBacklogCoalesce';

/** Of acknowledgments that wait for the socket's lock only the last is read: it does for all. */
function agreeWithBacklog(kernel: EndCounters, ours: EndCounters): boolean {
  const sum = (of: EndCounters): number =>
    [...ACKNOWLEDGMENTS, JOINED].reduce((total, name) => total + countOf(of, name), 0);
  return countOf(kernel, JOINED) > 0 && sum(kernel) === sum(ours);
}
