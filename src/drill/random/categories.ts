/**
 * What random scripts are about: which steps come how often, how many, and in what the connection
 * is special. Numbers are shares of each category's own sum.
 */
import type { ProgramStep } from './program-steps.ts';
import type { RemoteStep } from './remote-steps.ts';

/** Time that passes with nothing else: for delayed ACKs, or for retransmissions. */
export type PassingStep = 'wait' | 'waitLong';
export type Step = ProgramStep | RemoteStep | PassingStep;

export interface Category {
  readonly weights: Readonly<Partial<Record<Step, number>>>;
  readonly fewest: number;
  readonly most: number;
  /** What goes before the connection is open matters; nobody may accept it. */
  readonly isAboutOpening?: true;
  readonly isAboutOwnWindow?: true;
  readonly isWithoutSack?: true;
  readonly hasEcn?: true;
}

// prettier-ignore
export const SCRIPT_CATEGORIES: Readonly<Record<string, Category>> = {
  open: {
    weights: {
      synAgain: 6, ack: 6, write: 4, data: 4, ackOfUnsent: 4, look: 4, reset: 3, syn: 3, synAck: 3,
      wait: 2, oldAck: 2, fin: 2, close: 2, shutdown: 1, icmp: 1, withoutAck: 1,
    },
    fewest: 3, most: 9, isAboutOpening: true,
  },
  receive: {
    weights: {
      data: 12, dataAhead: 8, overlap: 8, dataAgain: 6, read: 6, look: 6, write: 2, ack: 2,
      beyondWindow: 2, fin: 1, urgent: 1, oldTimestamp: 1, finAhead: 1, window: 1, oldAck: 1,
    },
    fewest: 6, most: 16,
  },
  ack: {
    weights: {
      data: 16, read: 6, look: 6, write: 5, ack: 5, wait: 4, quickAck: 2, dataAhead: 1,
      dataAgain: 1,
    },
    fewest: 6, most: 16,
  },
  loss: {
    weights: {
      sack: 16, ack: 8, look: 8, write: 6, duplicateSack: 4, duplicateAcks: 3, wait: 3,
      ackWithOldEcho: 2, ackMidway: 1, oldAck: 1, data: 1, window: 1,
    },
    fewest: 8, most: 18,
  },
  nosack: {
    weights: {
      duplicateAcks: 12, ack: 10, look: 8, write: 6, wait: 4, ackWithOldEcho: 2, ackMidway: 2,
      oldAck: 1, window: 1, data: 1,
    },
    fewest: 8, most: 18, isWithoutSack: true,
  },
  rto: {
    weights: {
      waitLong: 8, write: 6, ack: 6, sack: 6, look: 6, duplicateSack: 4, ackWithOldEcho: 4,
      duplicateAcks: 1, window: 1,
    },
    fewest: 6, most: 12,
  },
  window: {
    weights: {
      window: 10, write: 8, ack: 6, closedWindow: 6, look: 6, waitLong: 5, data: 2, wait: 2,
      ackMidway: 2, noDelay: 1, cork: 1, uncork: 1, duplicateAcks: 1,
    },
    fewest: 6, most: 13,
  },
  rwnd: {
    weights: {
      data: 16, manyData: 8, look: 8, read: 6, dataAhead: 4, beyondWindow: 2, overlap: 1, write: 1,
      dataAgain: 1, windowClamp: 1, fin: 1,
    },
    fewest: 8, most: 20, isAboutOwnWindow: true,
  },
  ecn: {
    weights: {
      data: 8, write: 6, ack: 6, echoCongestion: 6, markedData: 6, look: 6, sack: 2, dataWithCwr: 2,
      duplicateSack: 1, read: 1, dataAhead: 1, waitLong: 1, wait: 1,
    },
    fewest: 7, most: 15, hasEcn: true,
  },
  keepalive: {
    weights: {
      waitLong: 10, keepAlive: 6, ack: 4, look: 4, userTimeout: 3, write: 2, data: 2, window: 1,
      closedWindow: 1, fin: 1,
    },
    fewest: 5, most: 9,
  },
  options: {
    weights: {
      write: 12, ack: 8, askOption: 5, noDelay: 4, cork: 4, uncork: 4, look: 4, wait: 4,
      writeMore: 4, notSentLimit: 3, data: 3, askQueues: 3, sendBuffer: 2, maximumSegment: 2,
      quickAck: 2, read: 2, receiveBuffer: 1, windowClamp: 1, duplicateAcks: 1, sack: 1,
    },
    fewest: 7, most: 15,
  },
  close: {
    weights: {
      fin: 8, ack: 8, shutdown: 6, write: 4, data: 4, close: 4, read: 4, look: 4, finAgain: 3,
      dataAgain: 2, finAhead: 2, lingerNot: 2, reset: 1, dataAhead: 1, waitLong: 1, syn: 1,
      oldTimestamp: 1, ackOfUnsent: 1, oldAck: 1, lingerInFinWait: 1,
    },
    fewest: 6, most: 14,
  },
  reset: {
    weights: {
      reset: 10, syn: 6, synAck: 4, ackOfUnsent: 4, oldAck: 4, data: 4, write: 4, ack: 4,
      oldTimestamp: 4, beyondWindow: 4, look: 4, dataAhead: 3, resetAtSack: 3, withoutAck: 2,
      icmp: 2, fin: 1, close: 1, wait: 1,
    },
    fewest: 5, most: 12,
  },
  mix: {
    weights: {
      write: 12, ack: 12, data: 12, look: 12, sack: 8, read: 8, dataAhead: 4, dataAgain: 4,
      overlap: 4, duplicateAcks: 4, window: 4, wait: 4, duplicateSack: 3, closedWindow: 2,
      oldAck: 2, ackOfUnsent: 2, oldTimestamp: 2, waitLong: 2, ackMidway: 2, ackWithOldEcho: 2,
      syn: 2, fin: 2,
      shutdown: 2, icmp: 2, reset: 1, close: 1, cork: 1, uncork: 1, noDelay: 1, urgent: 1,
      writeUrgent: 1, quickAck: 1, askQueues: 1,
    },
    fewest: 8, most: 20,
  },
};
