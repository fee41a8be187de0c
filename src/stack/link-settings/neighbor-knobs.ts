/**
 * The knobs of neighbours on links: net.ipv4.neigh and net.ipv6.neigh (arp(7), ip-sysctl.rst;
 * net/core/neighbour.c). There is no `all`: each interface has its own, and `default` reaches those
 * that were never told otherwise (neigh_copy_dflt_parms()). How many neighbours there may be is
 * said once, by `default` (gc_thresh1 and such).
 */
import type { Changeable } from '../changeable.ts';
import type { NeighborProfile } from '../neighbor/neighbor-profile.ts';
import { INT_MAXIMUM, SECONDS_MAXIMUM } from '../sysctl/ranges.ts';
import { ms, seconds } from '../time.ts';
import { type Alias, keptKnob, type Knob, numberKnob, OF_TABLE } from './knob.ts';

/** What the kernel counts in hundredths of a second (USER_HZ). */
const TICK = ms(10);
/** A packet as long as an Ethernet frame, as unres_qlen counts the memory of those that wait. */
const QUEUED_FRAME = 2090; // SKB_TRUESIZE(ETH_FRAME_LEN)

const COUNT = { least: 0, reach: 'untouched' } as const;
const SECONDS = { ...COUNT, most: SECONDS_MAXIMUM } as const;
const ONE_FOR_ALL = { least: 0, combination: OF_TABLE } as const;

/** Those that both families have. */
// prettier-ignore
function ofFamily(family: 'ipv4' | 'ipv6'): readonly Knob[] {
  const knob = (
    name: string,
    read: (profile: NeighborProfile) => number,
    write: (fields: Changeable<NeighborProfile>, value: number) => void,
    rest: Parameters<typeof numberKnob>[3] = COUNT,
  ): Knob =>
    numberKnob(name, (p) => read(p.neighbors[family]),
      (on, value) => write(on.neighbors[family], value), rest);
  return [
    knob('base_reachable_time_ms', (p) => p.reachableTime / ms(1),
      (on, value) => { on.reachableTime = ms(value); }, COUNT),
    knob('delay_first_probe_time', (p) => p.delayFirstProbe / seconds(1),
      (on, value) => { on.delayFirstProbe = seconds(value); }, SECONDS),
    knob('retrans_time_ms', (p) => p.retransmit / ms(1),
      (on, value) => { on.retransmit = ms(value); }, COUNT),
    knob('ucast_solicit', (p) => p.unicastSolicitations,
      (on, value) => { on.unicastSolicitations = value; }),
    knob('mcast_solicit', (p) => p.multicastSolicitations,
      (on, value) => { on.multicastSolicitations = value; }),
    knob('mcast_resolicit', (p) => p.multicastResolicitations,
      (on, value) => { on.multicastResolicitations = value; }),
    knob('app_solicit', (p) => p.programSolicitations,
      (on, value) => { on.programSolicitations = value; }),
    knob('unres_qlen_bytes', (p) => p.waitingMost, (on, value) => { on.waitingMost = value; }),
    knob('gc_stale_time', (p) => p.staleTime / seconds(1),
      (on, value) => { on.staleTime = seconds(value); }, SECONDS),
    knob('gc_thresh1', (p) => p.keptAlways, (on, value) => { on.keptAlways = value; },
      ONE_FOR_ALL),
    knob('gc_thresh2', (p) => p.keptLong, (on, value) => { on.keptLong = value; }, ONE_FOR_ALL),
    knob('gc_thresh3', (p) => p.most, (on, value) => { on.most = value; }, ONE_FOR_ALL),
    keptKnob('gc_interval', 30, 'those not in use are looked for when others are', ONE_FOR_ALL),
    keptKnob('anycast_delay', 100, 'there are no anycast addresses', COUNT),
    keptKnob('proxy_qlen', 64, 'requests that are answered for others are not queued', COUNT),
    keptKnob('interval_probe_time_ms', 5000, 'no neighbour is managed (NTF_EXT_MANAGED)',
      { ...COUNT, least: 1 }),
  ];
}

// prettier-ignore
export const ARP_KNOBS: readonly Knob[] = [
  ...ofFamily('ipv4'),
  numberKnob('proxy_delay', (p) => p.arp.proxyDelay / TICK,
    (on, value) => { on.arp.proxyDelay = value * TICK; }, COUNT),
  numberKnob('locktime', (p) => p.arp.lockTime / TICK,
    (on, value) => { on.arp.lockTime = value * TICK; }, COUNT),
];

export const DISCOVERY_KNOBS: readonly Knob[] = [
  ...ofFamily('ipv6'),
  keptKnob('proxy_delay', 80, 'nobody is answered for', COUNT),
  keptKnob('locktime', 0, 'RFC 4861 §7.2.5 says whose claim counts', COUNT),
];

/** Older names, in coarser units. */
// prettier-ignore
export const NEIGHBOR_ALIASES: readonly Alias[] = [
  { name: 'base_reachable_time', of: 'base_reachable_time_ms', least: 1, most: SECONDS_MAXIMUM,
    factor: 1000, isHidden: true },
  { name: 'unres_qlen', of: 'unres_qlen_bytes', least: 0,
    most: Math.floor(INT_MAXIMUM / QUEUED_FRAME), factor: QUEUED_FRAME, isHidden: false },
];
