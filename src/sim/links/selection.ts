/**
 * Which packets: the words by which rules say what they are about.
 *
 *     nth(3, dataFrom(client))        the third segment of the client's that carries data
 *     first(2, syn)                   the first two SYNs and SYN-ACKs
 *     frames(0, 3)                    the first and the fourth frame, whatever they are
 *     both(from(server), not(data))   whatever else the server sends
 *     (packet) => packet.udp?.destinationPort === 53
 *
 * They look at the packet as the wire's decoder sees it. Each direction of a link counts for
 * itself.
 */
import { type Frame, type IpAddress, TcpFlag } from '../../wire/index.ts';
import type { SimulatedHost } from '../simulated-host.ts';

/** Whether it is this packet: `index` frames were sent before it in its direction. */
export type PacketTest = (packet: Frame, index: number) => boolean;

/** A test that counts, with a count of its own for each direction of a link. */
export interface CountingSelection {
  begin(): PacketTest;
}

export type Selection = PacketTest | CountingSelection;

/** The selection's test, at its beginning. */
export function testOf(selection: Selection): PacketTest {
  return typeof selection === 'function' ? selection : selection.begin();
}

/** The frames of these indices: 0 is the first one sent in the direction. */
export function frames(...indices: readonly number[]): PacketTest {
  const chosen = new Set(indices);
  return (_, index) => chosen.has(index);
}

/** Segments that carry data. */
export const data: PacketTest = ({ tcp, payload }) => tcp !== undefined && payload.length > 0;

/** SYNs and SYN-ACKs. */
export const syn: PacketTest = ({ tcp }) => hasFlag(tcp?.flags, TcpFlag.syn);

/** FINs, with data or without. */
export const fin: PacketTest = ({ tcp }) => hasFlag(tcp?.flags, TcpFlag.fin);

export const rst: PacketTest = ({ tcp }) => hasFlag(tcp?.flags, TcpFlag.rst);

/** Segments that do nothing but acknowledge. */
export const pureAck: PacketTest = ({ tcp, payload }) =>
  tcp?.flags === TcpFlag.ack && payload.length === 0;

/** IP packets that a host sends by an address of its own, TCP or not. */
export function from(host: SimulatedHost): PacketTest {
  return ({ ipv4, ipv6 }) => isOf(host, ipv4?.source ?? ipv6?.source);
}

/** IP packets to a host. */
export function to(host: SimulatedHost): PacketTest {
  return ({ ipv4, ipv6 }) => isOf(host, ipv4?.destination ?? ipv6?.destination);
}

/** Segments of a host that carry data. */
export function dataFrom(host: SimulatedHost): PacketTest {
  const isFrom = from(host);
  return (packet, index) => data(packet, index) && isFrom(packet, index);
}

/** Of those selected the one of that number; the first one's is 1. @throws RangeError */
export function nth(number: number, selection: Selection): CountingSelection {
  checkNumber('nth', number, 1);
  return counted(selection, (count) => count === number);
}

/** Of those selected the first so many. @throws RangeError */
export function first(number: number, selection: Selection): CountingSelection {
  checkNumber('first', number, 0);
  return counted(selection, (count) => count <= number);
}

/**
 * Of those selected each of that number: with 3 the third, the sixth, and so on.
 *
 * @throws RangeError
 */
export function everyNth(number: number, selection: Selection): CountingSelection {
  checkNumber('everyNth', number, 1);
  return counted(selection, (count) => count % number === 0);
}

/** A number that never comes would select nothing, and nobody would hear of it. */
function checkNumber(word: string, number: number, least: number): void {
  if (Number.isSafeInteger(number) && number >= least) return;
  throw new RangeError(`${word} takes a whole number, ${least} or more, not ${number}`);
}

/** Those that all of the selections have; each is asked of every packet, and counts for itself. */
export function both(...selections: readonly Selection[]): CountingSelection {
  return combined(selections, (answers) => !answers.includes(false));
}

/** Those that any of the selections has; each counts for itself. */
export function either(...selections: readonly Selection[]): CountingSelection {
  return combined(selections, (answers) => answers.includes(true));
}

/** All but those selected. */
export function not(selection: Selection): CountingSelection {
  return combined([selection], ([answer]) => answer === false);
}

function counted(selection: Selection, isChosen: (count: number) => boolean): CountingSelection {
  return {
    begin: () => {
      const test = testOf(selection);
      let count = 0;
      return (packet, index) => test(packet, index) && isChosen(++count);
    },
  };
}

function combined(
  selections: readonly Selection[],
  judge: (answers: readonly boolean[]) => boolean,
): CountingSelection {
  return {
    begin: () => {
      const tests = selections.map(testOf);
      return (packet, index) => judge(tests.map((test) => test(packet, index)));
    },
  };
}

function hasFlag(flags: number | undefined, flag: number): boolean {
  return flags !== undefined && (flags & flag) !== 0;
}

function isOf(host: SimulatedHost, address: IpAddress | undefined): boolean {
  return address !== undefined && host.stack.ipFor(address).isLocal(address);
}
