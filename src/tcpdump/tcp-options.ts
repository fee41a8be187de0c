/** The options of a TCP header, as they stand: malformed and unknown ones too. */
import { TCP_HEADER_LENGTH } from '../wire/index.ts';
import type { PacketText } from './packet-text.ts';
import { BAD, CUT, dissectTcpOption, Kind, type OptionContext } from './tcp-option-data.ts';

const NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [Kind.end, 'eol'],
  [Kind.noOperation, 'nop'],
  [Kind.maximumSegmentSize, 'mss'],
  [Kind.windowScale, 'wscale'],
  [Kind.sackPermitted, 'sackOK'],
  [Kind.sack, 'sack'],
  [Kind.echo, 'echo'],
  [Kind.echoReply, 'echoreply'],
  [Kind.timestamps, 'TS'],
  [Kind.connectionCount, 'cc'],
  [Kind.connectionCountNew, 'ccnew'],
  [Kind.connectionCountEcho, ''],
  [Kind.md5, 'md5'],
  [Kind.scps, 'scps'],
  [Kind.userTimeout, 'uto'],
  [Kind.authentication, 'tcp-ao'],
  [Kind.mptcp, 'mptcp'],
  [Kind.fastOpen, 'tfo'],
  [Kind.experiment, 'exp'],
]);

/** Lists the options; false when they end the packet's text. */
export function dissectTcpOptions(t: PacketText, segment: OptionContext): boolean {
  t.text += ', options [';
  const end = segment.at + segment.headerLength;
  let at = segment.at + TCP_HEADER_LENGTH;
  let separator = '';
  while (at < end) {
    t.text += separator;
    const kind = t.u8(at);
    const isLone = kind === Kind.end || kind === Kind.noOperation;
    const length = isLone ? 1 : t.u8(at + 1);
    if (!isLone && (length < 2 || at + length > end)) return endAtBad(t, separator);
    const dataAt = at + (isLone ? 1 : 2);
    t.text += NAMES.get(kind) ?? `unknown-${kind}`;
    const used = dissectTcpOption(t, kind, dataAt, length, end, segment);
    if (used === BAD) return endAtBad(t, separator);
    if (used === CUT) {
      t.truncated();
      if (separator !== '') t.text += '>';
      return false;
    }
    at = dataAt + used;
    const expected = used + (isLone ? 1 : 2);
    if (expected !== length) t.text += `[len ${length}]`;
    separator = ',';
    if (kind === Kind.end) break;
  }
  t.text += ']';
  return true;
}

function endAtBad(t: PacketText, separator: string): false {
  t.text += separator === '' ? '[bad opt]' : '[bad opt]]';
  return false;
}
