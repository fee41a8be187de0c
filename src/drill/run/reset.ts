/**
 * The reset that ends a connection after its script, so that nothing of it is left in the stack.
 * Its numbers are such that the stack takes it: behind the last segment injected, or what the stack
 * has acknowledged.
 */
import { encodeFrame, TcpFlag, toSeq } from '../../wire/index.ts';
import { ipHeaderOf } from './addresses.ts';
import type { TrackedSocket } from './socket-under-test.ts';

/** The packet to inject; none for what is no TCP connection, or whose ports are not known. */
export function resetPacket(socket: TrackedSocket): Uint8Array | undefined {
  const { protocol, local, remote } = socket;
  if (protocol !== 'tcp' || local === undefined || remote === undefined) return undefined;
  const { seq, ack, window } = resetNumbers(socket);
  return encodeFrame({
    ...ipHeaderOf({ source: remote, destination: local }, { tos: 0, ttl: 255, flowLabel: 0 }),
    tcp: {
      sourcePort: remote.port,
      destinationPort: local.port,
      seq: toSeq(seq),
      ack: toSeq(ack),
      flags: TcpFlag.rst | TcpFlag.ack,
      window,
    },
  });
}

function resetNumbers({ lastInjected, lastSent }: TrackedSocket): {
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
} {
  if (lastInjected?.hasAck === true) {
    const { seq, length, ack, window } = lastInjected;
    return { seq: seq + length, ack, window };
  }
  if (lastSent?.hasAck === true) return { seq: lastSent.ack, ack: lastSent.seq, window: 0 };
  // The stack has sent no more than a SYN: any number will do that acknowledges it.
  return { seq: 0, ack: (lastSent?.seq ?? 0) + 1, window: 0 };
}
