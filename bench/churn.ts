/** Many short connections: connect, request, response, close; a new one every millisecond. */
import type { Due } from '../src/sim/index.ts';
import { type Instant, ms, type TcpSocket } from '../src/stack/index.ts';
import { mustHold, part, type Workload } from './figure.ts';
import { GIGABIT, Lab } from './lab.ts';
import { measureRuns } from './timing.ts';

const MESSAGE = new Uint8Array(1000).fill(7);
const INTERVAL = ms(1);

/** Starts the clients one after the other, and counts what becomes of them. */
class Churn implements Due {
  served = 0;
  answered = 0;
  readonly #lab: Lab;
  #toStart: number;

  constructor(lab: Lab, connections: number) {
    this.#lab = lab;
    this.#toStart = connections;
    lab.serve((socket) => this.#answer(socket));
    lab.loop.schedule(this, 0);
  }

  due(now: Instant): void {
    this.#request(this.#lab.connect());
    this.#toStart -= 1;
    if (this.#toStart > 0) this.#lab.loop.schedule(this, now + INTERVAL);
  }

  /** The client: asks, and closes when it has the whole answer. */
  #request(socket: TcpSocket): void {
    const { loop } = this.#lab;
    let asked = false;
    let received = 0;
    socket.onReady = (): void => {
      if (!asked && socket.connected()) {
        asked = true;
        socket.send(MESSAGE, loop.now);
      }
      if (!socket.isReadable) return;
      received += socket.recv(MESSAGE.length, loop.now)?.length ?? 0;
      if (received < MESSAGE.length) return;
      this.answered += 1;
      socket.close(loop.now);
    };
  }

  /** The server: answers when it has the whole request, and closes when the client has. */
  #answer(socket: TcpSocket): void {
    const { loop } = this.#lab;
    let received = 0;
    socket.onReady = (): void => {
      const octets = socket.recv(MESSAGE.length, loop.now);
      if (octets === undefined) return;
      if (octets.length === 0) {
        this.served += 1;
        socket.close(loop.now);
      } else {
        received += octets.length;
        if (received === MESSAGE.length) socket.send(MESSAGE, loop.now);
      }
    };
  }
}

/** Runs so many connections to their ends; gives the lab as it is afterwards. */
export function churn(connections: number, prepare: (lab: Lab) => void = () => undefined): Lab {
  const lab = new Lab(GIGABIT);
  prepare(lab);
  const clients = new Churn(lab, connections);
  lab.runToTheEnd();
  mustHold(clients.answered === connections, `${clients.answered} clients have their answer`);
  mustHold(clients.served === connections, `${clients.served} connections were served`);
  return lab;
}

function churnOf(connections: number): Workload {
  const name = `churn-${connections}`;
  return {
    name,
    what: `${connections} connections, one per ms: 1,000 octets each way, then closed`,
    measure: async (size) =>
      measureRuns(name, () => ({ packets: churn(part(connections, size)).packets }), size),
  };
}

export const churnWorkloads: readonly Workload[] = [churnOf(1_000), churnOf(10_000)];
