/**
 * A client made by hand: its SYN has the options of some system; two lines, answered by 3000 octets
 * that it does not acknowledge, and a RST.
 */
import { type Instant, type Network, type SimulatedHost, SocketError } from 'tcpetri';
import { seqToU32, readTcpOptions, type TcpOption, type TcpSegment, utf8 } from 'tcpetri/wire';
import { listening, pattern } from './lab.ts';
import { NOP, timestamps, wiredServer } from './wire.ts';

const PORT = 8886;
const ISN = 2_639_909_369;

/** What the client says of itself. */
export interface HandMadeClient {
  readonly options: readonly TcpOption[];
  /** The window of its SYN, and the one of its other segments. */
  readonly synWindow: number;
  readonly window?: number;
  readonly ttl?: number;
}

/** When what arrives at the server, and when that sends. */
export interface HandMadeTimes {
  readonly syn: Instant;
  readonly ack: Instant;
  readonly first: Instant;
  readonly second: Instant;
  readonly answer: Instant;
  readonly reset: Instant;
}

export function handMadeClient(
  network: Network,
  { options, synWindow, window = 256, ttl = 64 }: HandMadeClient,
  times: HandMadeTimes,
): SimulatedHost {
  const { server, wire, run } = wiredServer(network);

  server.run('server', async (process) => {
    const listener = listening(process);
    const connection = await listener.accept();
    await process.sleepUntil(times.second); // read just before
    await connection.recv();
    await process.sleepUntil(times.answer);
    await connection.recv();
    await connection.send(pattern(3000));
    try {
      await connection.recv();
    } catch (error) {
      if (!(error instanceof SocketError && error.code === 'ECONNRESET')) throw error;
    }
  });

  run(async (process) => {
    const common = { from: PORT, to: 8000, ttl };
    await process.sleepUntil(times.syn);
    wire.write(
      { ...common, seq: ISN, flags: 'S', window: synWindow, options, id: 100 },
      process.now,
    );
    await process.sleepUntil(times.ack);
    const synAck = wire.heard();
    const rest = { ...common, window, ack: seqToU32(synAck.seq) + 1, options: echoOf(synAck) };
    wire.write({ ...rest, seq: ISN + 1, flags: '.', id: 101 }, process.now);
    await process.sleepUntil(times.first);
    const [first, second] = [utf8('11111'), utf8('123321')];
    wire.write({ ...rest, seq: ISN + 1, flags: 'P.', payload: first, id: 102 }, process.now);
    await process.sleepUntil(times.second);
    wire.write({ ...rest, seq: ISN + 6, flags: 'P.', payload: second, id: 103 }, process.now);
    await process.sleepUntil(times.reset);
    const reset = { ...rest, options: [], window: 0 };
    wire.write({ ...reset, seq: ISN + 12, flags: 'R.', id: 104 }, process.now);
  });
  return server;
}

/** Timestamps, where the other side has them. */
function echoOf({ bytes, start, payloadAt }: TcpSegment): readonly TcpOption[] {
  const { hasTimestamps, tsVal } = readTcpOptions(bytes, start + 20, payloadAt);
  return hasTimestamps ? [NOP, NOP, timestamps(12_346, tsVal)] : [];
}
