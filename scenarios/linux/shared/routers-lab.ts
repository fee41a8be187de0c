/**
 * Two routers between client and server, and a link in the middle that carries less than theirs:
 *
 *     client ── r1 ══ MTU 1400 ══ r2 ── server
 */
import {
  type HostProfile,
  type Network,
  type ScenarioContext,
  SENT_PACKETS,
  type SimulatedHost,
  us,
} from 'tcpetri';
import { CLASSIC, tickPhaseBy } from './lab.ts';

export const CLIENT = '10.0.1.2';
export const SERVER = '10.0.3.2';

export function acrossRouters(
  network: Network,
  timeOfDay: ScenarioContext['at'],
  profile: HostProfile = CLASSIC,
): { readonly client: SimulatedHost; readonly server: SimulatedHost } {
  const kernel = { profile, tickPhase: tickPhaseBy(timeOfDay) };
  const [client, server] = [network.host('client', kernel), network.host('server', kernel)];
  const [r1, r2] = [network.router('r1', kernel), network.router('r2', kernel)];
  const device = (address: string, mtu: number, mac: string) =>
    ({ address: `${address}/24`, mtu, mac, packetBuffers: SENT_PACKETS }) as const;
  const latency = us(6);
  const atClient = network.interface(client, 'eth0', device(CLIENT, 1500, '1a:fa:e4:07:24:19'));
  const atServer = network.interface(server, 'eth0', device(SERVER, 1500, '22:91:ee:15:f9:d7'));
  network.link(
    atClient,
    network.interface(r1, 'eth0', device('10.0.1.1', 1500, '3e:81:67:d8:d9:48')),
    { latency },
  );
  network.link(
    network.interface(r1, 'eth1', device('10.0.2.1', 1400, '02:00:00:00:02:01')),
    network.interface(r2, 'eth0', device('10.0.2.2', 1400, '02:00:00:00:02:02')),
    { latency },
  );
  network.link(
    network.interface(r2, 'eth1', device('10.0.3.1', 1500, '9a:70:48:99:90:e1')),
    atServer,
    { latency },
  );
  client.command('ip route add default via 10.0.1.1');
  server.command('ip route add default via 10.0.3.1');
  r1.command('ip route add 10.0.3.0/24 via 10.0.2.2');
  r2.command('ip route add 10.0.1.0/24 via 10.0.2.1');
  network.capture(atClient);
  network.capture(atServer);
  return { client, server };
}
