/** Many connections that do nothing: what one costs in memory, both of its ends together. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Instant, ms, type TcpSocket, us } from '../src/stack/index.ts';
import { mustHold, part, type Workload } from './figure.ts';
import { GIGABIT, Lab } from './lab.ts';

const CONNECTIONS = 10_000;
const WARM_UP_CONNECTIONS = 200;
const INTERVAL = us(100);

/** Connections that were opened, with all that keeps them alive. */
function openConnections(count: number): { lab: Lab; sockets: TcpSocket[] } {
  const lab = new Lab(GIGABIT);
  const sockets: TcpSocket[] = [];
  lab.serve((socket) => sockets.push(socket));
  const opener = {
    left: count,
    due(now: Instant): void {
      sockets.push(lab.connect());
      opener.left -= 1;
      if (opener.left > 0) lab.loop.schedule(opener, now + INTERVAL);
    },
  };
  lab.loop.schedule(opener, 0);
  lab.loop.runUntil(count * INTERVAL + ms(5_000));
  const isOpen = sockets.every(({ state }) => state === 'ESTABLISHED');
  mustHold(isOpen && sockets.length === 2 * count, 'not all connections are open');
  return { lab, sockets };
}

/** Heap and external memory after garbage collection, and resident memory, in octets. */
function memory(): { heap: number; resident: number } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, resident: rss };
}

const idle: Workload = {
  name: 'idle-10000',
  what: 'memory of one of 10,000 idle connections, both ends: heap and resident',
  measure: async (size) => {
    const count = part(CONNECTIONS, size);
    openConnections(part(WARM_UP_CONNECTIONS, size));
    const before = memory();
    const kept = openConnections(count);
    const after = memory();
    mustHold(kept.lab.client.tcp.connectionCount === count, 'connections are gone');
    const perConnection = (octets: number): number => Math.round(octets / count);
    const unit = 'B/connection';
    return [
      { name: 'idle-10000', value: perConnection(after.heap - before.heap), unit },
      { name: 'idle-10000-rss', value: perConnection(after.resident - before.resident), unit },
    ];
  },
};

export const idleWorkloads: readonly Workload[] = [idle];
