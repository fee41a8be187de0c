/** Programs for the shells of hosts that are services' clients and servers. */
import type { Program } from '../sim/index.ts';
import { dig } from './dns/dig.ts';
import { hostProgram } from './dns/host.ts';
import { curlProgram } from './http/curl.ts';
import { httpd } from './http/httpd.ts';

/** By name: for `runScenario`, and what `tcpetri run` and `tcpetri shell` give to every host. */
export const SERVICE_PROGRAMS: ReadonlyMap<string, Program> = new Map([
  ['curl', curlProgram],
  ['dig', dig],
  ['host', hostProgram],
  ['httpd', httpd],
]);
