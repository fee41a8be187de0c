/** The programs that every host has. What is above `sim`, such as `curl`, is added from outside. */
import { TOOLS } from '../../shell/index.ts';
import type { Program } from '../program.ts';
import { arping } from '../tools/arping.ts';
import { nc } from '../tools/nc/nc.ts';
import { ping } from '../tools/ping.ts';
import { printing } from '../tools/printing.ts';
import { telnet } from '../tools/telnet.ts';
import { tcpdump } from '../tools/tcpdump/tcpdump.ts';
import { tracepath } from '../tools/tracepath.ts';
import { traceroute } from '../tools/traceroute.ts';
import { cat, date, hostname, ls, rm, sleep, tee, touch, whoami } from './small-programs.ts';
import { isOneMoreNothing, toolProgram } from './tool-programs.ts';

const TEXT_TOOLS = ['tail', 'wc', 'grep', 'egrep', 'fgrep', 'dd'];

/** By name. */
export const HOST_PROGRAMS: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['arping', printing(arping)],
  ['cat', cat],
  ['date', date],
  ['head', toolProgram(TOOLS.get('head')!, isOneMoreNothing)],
  ['hostname', hostname],
  ['ls', ls],
  ['nc', nc],
  ['ping', printing(ping)],
  ['netcat', nc],
  ['rm', rm],
  ['sleep', sleep],
  ['tcpdump', tcpdump],
  ['telnet', telnet],
  ['tracepath', printing(tracepath)],
  ['traceroute', printing(traceroute)],
  ['tee', tee],
  ['touch', touch],
  ['whoami', whoami],
  ...TEXT_TOOLS.map((name): [string, Program] => [name, toolProgram(TOOLS.get(name)!)]),
]);
