/** Programs with stream sockets, for the tests of these. */
import type { Process, SimulatedHost, StreamSocket } from '../../src/sim/index.ts';
import type { SocketOption } from '../../src/stack/index.ts';
import { onWire } from '../help/families.ts';
import { familyOfTest } from '../help/family-test.ts';
import { anyOf, between, type Observed, play, SERVER, serverOf } from './lab.ts';

/** A connection of `client` to `server`, with a program at each end. */
export function connected(
  client: (socket: StreamSocket, process: Process) => Promise<void>,
  server: (socket: StreamSocket, process: Process) => Promise<void>,
  options: readonly (readonly [SocketOption, number])[] = [],
): Promise<Observed> {
  return between(
    async (process) => {
      const socket = process.socket('stream');
      for (const [option, value] of options) socket.setsockopt(option, value);
      await socket.connect(serverOf());
      await client(socket, process);
    },
    async (process) => {
      const listener = process.socket('stream');
      for (const [option, value] of options) listener.setsockopt(option, value);
      listener.bind(SERVER.port, anyOf());
      listener.listen();
      await server(await listener.accept(), process);
    },
  );
}

/** The states of what waits alone on the host of a socket. */
export function waitingAlone({ stackSocket: { tcb } }: StreamSocket): string[] {
  return [...(tcb?.services.timeWaits.values() ?? [])].map(({ state }) => state);
}

/** Has the host of `pair` know the other's hardware address without asking ever again. */
export function knowForGood(client: SimulatedHost): void {
  const eth0 = client.interface('eth0').stack;
  client.stack.addNeighbor(eth0, onWire(familyOfTest().address(2)), eth0.mac + 1, 0);
}

/** Runs a program on a host that has no one to talk to. */
export async function alone(program: (process: Process) => Promise<void>): Promise<void> {
  await play(({ network }) => {
    const host = network.host('alone', { address: familyOfTest().interfaceAddress(1) });
    network.link(host, network.switch());
    host.run('program', program);
  });
}
