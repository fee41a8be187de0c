/** The laws of one host's segments: what it may send after what it has sent and received. */
import {
  ABSENT,
  readTcpOptions,
  type Seq,
  seqAdd,
  seqDiff,
  TCP_HEADER_LENGTH,
  TcpFlag,
  type TcpOptionValues,
  type TcpSegment,
} from '../../src/wire/index.ts';
import { FAMILIES } from '../help/families.ts';
import { check, type Program } from './world-options.ts';

/** Judges what one host sends against what it has sent and received before. */
export class Judge {
  /** The right edge that the peer has offered, and the one that this host has. */
  #peerEdge: Seq | undefined = undefined;
  #ownEdge: Seq | undefined = undefined;
  #synWindow = 0;
  /** Behind our SYN. */
  #begin: Seq | undefined = undefined;
  /** Behind the data that a SYN carried (RFC 7413), which is sent without knowing the window. */
  #synEnd: Seq | undefined = undefined;
  #ownScale = -1;
  #peerScale = -1;
  #peerMss: number;
  /** Some systems send segments of so much, however little the peer wants. */
  readonly #leastMss: number;
  #hasReset = false;
  /** Linux takes a window back when there is no memory: the whole of it. */
  readonly #mayWithdraw: boolean;
  #highest: Seq | undefined = undefined;
  resets = 0;
  zeroWindows = 0;
  retransmitted = 0;

  constructor({ profile, family }: Program) {
    this.#mayWithdraw = profile.tcp.closesWindowWithoutMemory;
    this.#peerMss = FAMILIES[family].defaultMss;
    const { raisesPeerMss, leastMss } = profile.tcp.mtuProbing;
    this.#leastMss = raisesPeerMss ? leastMss : 0;
  }

  received(seg: TcpSegment): void {
    const isSyn = (seg.flags & TcpFlag.syn) !== 0;
    if (isSyn) {
      const { mss, windowScale } = optionsOf(seg);
      this.#peerScale = windowScale;
      if (mss !== ABSENT) this.#peerMss = mss;
    }
    if ((seg.flags & TcpFlag.ack) === 0 && !isSyn) return;
    const edge = seqAdd(seg.ack, seg.window * (isSyn ? 1 : 2 ** this.#scale(this.#peerScale)));
    if ((seg.flags & TcpFlag.ack) === 0) {
      this.#synWindow = seg.window; // a SYN offers a window from our ISS + 1 on
      // Perhaps we have sent ours: both open at once, and may close before more is known.
      if (this.#begin !== undefined) this.#offered(seqAdd(this.#begin, seg.window));
      return;
    }
    this.#offered(edge);
  }

  #offered(edge: Seq): void {
    if (this.#peerEdge === undefined || seqDiff(edge, this.#peerEdge) > 0) this.#peerEdge = edge;
  }

  sent(seg: TcpSegment, name: string): void {
    const isSyn = (seg.flags & TcpFlag.syn) !== 0;
    const isReset = (seg.flags & TcpFlag.rst) !== 0;
    check(!this.#hasReset || isReset, 'nothing but RSTs is sent after a RST');
    if (isReset) {
      this.#hasReset = true;
      if (name !== 'no-connection') this.resets += 1;
      return;
    }
    if (isSyn) {
      this.#ownScale = optionsOf(seg).windowScale;
      this.#highest = seqAdd(seg.seq, 1);
      if (seg.payloadLength > 0) this.#synEnd = seqAdd(seg.seq, 1 + seg.payloadLength);
      this.#begin = seqAdd(seg.seq, 1);
      this.#peerEdge ??= seqAdd(this.#begin, this.#synWindow);
    }
    if ((seg.flags & TcpFlag.ack) !== 0) {
      const scale = isSyn ? 0 : this.#scale(this.#ownScale);
      const edge = seqAdd(seg.ack, seg.window * 2 ** scale);
      if (this.#ownEdge !== undefined && !isSyn) {
        const isWithdrawn = this.#mayWithdraw && seg.window === 0;
        check(isWithdrawn || seqDiff(edge, this.#ownEdge) >= 0, 'the right edge never moves left');
      }
      this.#ownEdge = edge;
      if (seg.window === 0) this.zeroWindows += 1;
    }
    const end = seqAdd(seg.seq, seg.payloadLength + (seg.flags & TcpFlag.fin));
    if (!isSyn && seqDiff(end, seg.seq) > 0) {
      const edge = this.#peerEdge;
      const length = seg.end - seg.start - TCP_HEADER_LENGTH;
      const mss = Math.max(this.#peerMss, this.#leastMss);
      check(length <= mss, 'text and options fit into the MSS (RFC 6691)');
      // A SYN may have carried more than the window takes. Sent again at its edge, that is a probe.
      const isProbe = seg.seq === edge && this.#synEnd !== undefined;
      const most = isProbe ? this.#synEnd : edge;
      check(most !== undefined && seqDiff(end, most) <= 0, `${name} stays inside the window`);
      if (this.#highest !== undefined && seqDiff(seg.seq, this.#highest) < 0)
        this.retransmitted += 1;
      else this.#highest = end;
    }
  }

  #scale(own: number): number {
    return this.#ownScale >= 0 && this.#peerScale >= 0 ? Math.min(own, 14) : 0;
  }
}

function optionsOf(seg: TcpSegment): TcpOptionValues {
  return readTcpOptions(seg.bytes, seg.start + TCP_HEADER_LENGTH, seg.payloadAt);
}
