/** Two hosts of the laboratory on a link with IPv6 alone, whose interfaces are just coming up. */
import { type Network, type ScenarioContext, SENT_PACKETS, type SimulatedHost, us } from 'tcpetri';
import { CLASSIC, CLIENT_MAC, SERVER_MAC, tickPhaseBy } from './lab.ts';

export const CLIENT = 'fd00::109';
export const SERVER = 'fd00::178';

export function hostsThatComeUp(
  network: Network,
  timeOfDay: ScenarioContext['at'],
): { readonly client: SimulatedHost; readonly server: SimulatedHost } {
  const kernel = { profile: CLASSIC, tickPhase: tickPhaseBy(timeOfDay) };
  const [client, server] = [network.host('client', kernel), network.host('server', kernel)];
  const device = { ipv6: 'comes-up', packetBuffers: SENT_PACKETS } as const;
  const clients = { ...device, address: `${CLIENT}/64`, mac: CLIENT_MAC };
  const servers = { ...device, address: `${SERVER}/64`, mac: SERVER_MAC };
  const at = network.interface(client, 'eth0', clients);
  network.link(at, network.interface(server, 'eth0', servers), { latency: us(10) });
  network.capture(at);
  return { client, server };
}
