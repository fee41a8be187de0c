/** TCP options as a script writes them: the reverse of `parse-tcp-options.ts`. */

import { printHex } from '../../wire/index.ts';
import { accEcnNames } from './parse-tcp-options.ts';
import type { TcpOptionSpec, TcpSpec } from './script.ts';

/** `<mss 1460,nop,wscale 8>`; nothing at all for a segment without options. */
export function printTcpOptions(options: TcpSpec['options']): string {
  if (options === 'any') return '<...>';
  return options.length === 0 ? '' : `<${options.map(printTcpOption).join(',')}>`;
}

export function printTcpOption(option: TcpOptionSpec): string {
  switch (option.kind) {
    case 'nop':
    case 'eol':
    case 'sackOK':
      return option.kind;
    case 'mss':
      return `mss ${option.mss}`;
    case 'wscale':
      return `wscale ${option.shift}`;
    case 'sack':
      return ['sack', ...option.blocks.map(({ left, right }) => `${left}:${right}`)].join(' ');
    case 'TS':
      return `TS val ${option.val ?? '...'} ecr ${option.ecr}${option.isEcrAbsolute ? '!' : ''}`;
    case 'FO':
    case 'FOEXP':
    case 'exp-FO':
      return option.cookie === '' ? option.kind : `${option.kind} ${option.cookie}`;
    case 'md5':
      return `md5 ${option.digest}`;
    case 'ECN':
      return ['ECN', ...option.counters.map(({ name, value }) => `${name} ${value}`)].join(' ');
    case 'AccECN0':
    case 'AccECN1': {
      const names = accEcnNames(option.kind);
      const counters = option.counters.map((counter, index) => `${names[index]} ${counter}`);
      return [option.kind, ...counters].join(' ');
    }
    case 'exp-tarr':
      return option.rate === undefined ? 'exp-tarr' : `exp-tarr ${option.rate}`;
    case 'raw':
      return `0x${printHex(option.bytes)}`;
  }
}
