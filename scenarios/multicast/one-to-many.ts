/**
 * One datagram, many hosts (RFC 1112): a station sends the time to a group of IPv4 and to one of
 * IPv6. The group's number is in the hardware address, so every host on the link gets the frame,
 * and those that have joined the group take it. Of IPv6 they tell the link so (MLD, RFC 3810). With
 * a time to live of 1 no router would pass it on.
 */
import { type Process, scenario, seconds, type SimulatedHost, type SocketAddress } from 'tcpetri';

const GROUPS = [
  { address: '239.1.2.3', port: 5000 },
  { address: 'ff05::123', port: 5001 },
];

async function hear(process: Process, { address, port }: SocketAddress): Promise<string> {
  const socket = process.socket('datagram');
  socket.join(address, 'eth0');
  socket.bind(port);
  const { text } = await socket.recv(seconds(5));
  socket.close();
  return text;
}

export default scenario(
  'multicast/one-to-many',
  {
    summary: 'UDP: multicast of both versions, one sender, two listeners',
    print: '-n',
  },
  ({ network, check }) => {
    const lan = network.switch();
    const host = (name: string, number: number): SimulatedHost => {
      const address = [`10.0.0.${number}/24`, `2001:db8::${number}/64`];
      const made = network.host(name, { address });
      network.link(made, lan);
      return made;
    };
    const station = host('station', 1);
    const clocks = [host('clock-1', 2), host('clock-2', 3)];
    host('passer-by', 4);
    network.capture(station);

    for (const clock of clocks) {
      for (const group of GROUPS) {
        clock.run(`clock ${group.address}`, async (process) => {
          check((await hear(process, group)) === '12:00', `${clock.name} to hear the time`);
        });
      }
    }

    station.run('station', async (process) => {
      await process.sleep(seconds(2));
      for (const group of GROUPS) {
        const socket = process.socket('datagram');
        if (group === GROUPS[0]) socket.setsockopt('IP_MULTICAST_IF', 'eth0');
        socket.send('12:00', group);
        socket.close();
      }
    });
  },
);
