/** The programs that every host has. What is above `sim`, such as `curl`, is added from outside. */
import { TOOLS } from '../../shell/index.ts';
import type { Program } from '../program.ts';
import { nc } from '../tools/nc/nc.ts';
import { tcpdump } from '../tools/tcpdump/tcpdump.ts';
import { cat, date, hostname, ls, rm, sleep, tee, touch, whoami } from './small-programs.ts';
import { toolProgram } from './tool-programs.ts';

const TEXT_TOOLS = ['head', 'tail', 'wc', 'grep', 'egrep', 'fgrep', 'dd'];

/** By name. */
export const HOST_PROGRAMS: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['cat', cat],
  ['date', date],
  ['hostname', hostname],
  ['ls', ls],
  ['nc', nc],
  ['netcat', nc],
  ['rm', rm],
  ['sleep', sleep],
  ['tcpdump', tcpdump],
  ['tee', tee],
  ['touch', touch],
  ['whoami', whoami],
  ...TEXT_TOOLS.map((name): [string, Program] => [name, toolProgram(TOOLS.get(name)!)]),
]);
