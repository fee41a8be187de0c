/**
 * What a program wants to hear of octets that it has sent: when they left and when they were
 * acknowledged (SO_TIMESTAMPING), and which zero-copy sends are done with their memory
 * (MSG_ZEROCOPY). Each becomes an entry of the socket's error queue.
 */
import { EMPTY, type Seq, seqDiff, seqGt, seqLe } from '../../../wire/index.ts';
import type { ErrorQueue, QueuedError } from '../../sockets/error-queue.ts';
import { EXTENDED_ERROR, TIMESTAMPING } from '../../posix/constants.ts';
import type { Instant } from '../../time.ts';

/** The last octet of a send whose times are wanted. */
interface TimedSend {
  /** Behind the last octet. */
  end: Seq;
  /** ee_data: the octet's number, with SOF_TIMESTAMPING_OPT_ID. */
  id: number;
  /** SOF_TIMESTAMPING_… as they were at the send. */
  readonly flags: number;
  /** The packet that carried it, once it was sent, unless only times are wanted. */
  packet: Uint8Array | undefined;
}

/** A send whose memory is in use until its last octet is acknowledged. */
interface ZeroCopySend {
  end: Seq;
  readonly id: number;
}

export class SendMarks {
  readonly #errors: ErrorQueue;
  readonly #onNotice: () => void;
  #timed: TimedSend[] = [];
  #zeroCopy: ZeroCopySend[] = [];

  /** The octet that counts as number 0 (SOF_TIMESTAMPING_OPT_ID). */
  first: Seq;

  /** @param onNotice is called when an entry was made. */
  constructor(first: Seq, errors: ErrorQueue, onNotice: () => void) {
    this.first = first;
    this.#errors = errors;
    this.#onNotice = onNotice;
  }

  /** Wants the times of the octet before `end`; `goesOn` when the same call sent a part before. */
  time(end: Seq, flags: number, goesOn: boolean): void {
    const hasId = (flags & TIMESTAMPING.SOF_TIMESTAMPING_OPT_ID) !== 0;
    const id = hasId ? seqDiff(end, this.first) - 1 : 0;
    const last = this.#timed.at(-1);
    if (goesOn && last !== undefined && last.packet === undefined) {
      last.end = end;
      last.id = id;
    } else {
      this.#timed.push({ end, id, flags, packet: undefined });
    }
  }

  /** The memory up to `end` is the program's own, sent as number `id`. */
  lend(end: Seq, id: number): void {
    const last = this.#zeroCopy.at(-1);
    if (last?.id === id) last.end = end;
    else this.#zeroCopy.push({ end, id });
  }

  /** A segment from `seq` to `end` leaves for the first time. */
  sent(seq: Seq, end: Seq, packet: Uint8Array, now: Instant): void {
    for (const send of this.#timed) {
      if (!seqGt(send.end, seq) || !seqLe(send.end, end) || send.packet !== undefined) continue;
      const { flags } = send;
      const isTimeOnly = (flags & TIMESTAMPING.SOF_TIMESTAMPING_OPT_TSONLY) !== 0;
      send.packet = isTimeOnly ? EMPTY : packet;
      if ((flags & TIMESTAMPING.SOF_TIMESTAMPING_TX_SCHED) !== 0) {
        this.#tell(send, TIMESTAMPING.SCM_TSTAMP_SCHED, now);
      }
      if ((flags & TIMESTAMPING.SOF_TIMESTAMPING_TX_SOFTWARE) !== 0) {
        this.#tell(send, TIMESTAMPING.SCM_TSTAMP_SND, now);
      }
    }
  }

  /** Everything before `una` is acknowledged. */
  acknowledged(una: Seq, now: Instant): void {
    while (this.#timed.length > 0 && seqLe(this.#timed[0]!.end, una)) {
      const send = this.#timed.shift()!;
      if ((send.flags & TIMESTAMPING.SOF_TIMESTAMPING_TX_ACK) !== 0) {
        this.#tell(send, TIMESTAMPING.SCM_TSTAMP_ACK, now);
      }
    }
    while (this.#zeroCopy.length > 0 && seqDiff(this.#zeroCopy[0]!.end, una) <= 0) {
      this.#giveBack(this.#zeroCopy.shift()!.id);
    }
  }

  /** Nothing more will be sent: all memory is given back. */
  abandon(): void {
    this.#timed = [];
    for (const { id } of this.#zeroCopy.splice(0)) this.#giveBack(id);
  }

  #tell({ id, packet }: TimedSend, which: number, at: Instant): void {
    const origin = EXTENDED_ERROR.SO_EE_ORIGIN_TIMESTAMPING;
    const error = { errno: 'ENOMSG', origin, type: 0, code: 0, info: which, data: id } as const;
    this.#errors.add({ error, at, packet: packet ?? EMPTY, destination: undefined });
    this.#onNotice();
  }

  /** Joins the last entry, when that tells of the sends before (skb_zerocopy_notify_extend()). */
  #giveBack(id: number): void {
    const {
      SO_EE_ORIGIN_ZEROCOPY: origin,
      // The octets are copied into the send buffer, and that must be said.
      SO_EE_CODE_ZEROCOPY_COPIED: code,
    } = EXTENDED_ERROR;
    const { last } = this.#errors;
    const joins = last?.error.origin === origin && last.error.data === id - 1;
    const info = joins ? last.error.info : id;
    const error = { errno: undefined, origin, type: 0, code, info, data: id };
    const entry: QueuedError = { error, at: undefined, packet: EMPTY, destination: undefined };
    if (joins) this.#errors.replaceLast(entry);
    else this.#errors.add(entry);
    this.#onNotice();
  }
}
