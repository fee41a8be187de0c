/**
 * What routers say. Packets that are too long for the link behind one: TCP cuts them again at once
 * and remembers the way's MTU, datagrams are cut by their sender. Packets that have lived too long,
 * networks and hosts that are not there: TCP believes that only when its SYN went unanswered, too.
 */
import { ping, type Process, scenario, SocketError, type StreamSocket, tracepath } from 'tcpetri';
import { pattern } from '../shared/lab.ts';
import { acrossRouters, CLIENT, SERVER } from '../shared/routers-lab.ts';

export default scenario(
  'linux/icmp-pmtu/pmtu-routers',
  { summary: 'path MTU discovery and ICMP errors by routers', start: '2026-01-01T04:15:15Z' },
  ({ network, at, check, report }) => {
    const { client, server } = acrossRouters(network, at);

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(8000, SERVER);
      listener.listen();
      const first = await listener.accept();
      await process.sleepUntil(at('04:15:16.035901'));
      check((await first.recv()).length === 5000, '5000 octets');
      await process.sleepUntil(at('04:15:16.043796'));
      await first.send(pattern(5000));
      await process.sleepUntil(at('04:15:16.545003'));
      await first.close();
      const second = await listener.accept();
      await process.sleepUntil(at('04:15:16.745862'));
      check((await second.recv()).length === 3000, '3000 octets');
      await process.sleepUntil(at('04:15:16.796365'));
      await second.close();
      await datagramsThatStayWhole(process);
    });

    async function datagramsThatStayWhole(process: Process): Promise<void> {
      server.command('ip route flush cache');
      const socket = process.socket('datagram');
      socket.setsockopt('IP_MTU_DISCOVER', 2); // IP_PMTUDISC_DO
      socket.connect({ address: CLIENT, port: 7 });
      await process.sleepUntil(at('04:15:16.804521'));
      socket.send(new Uint8Array(1450).fill(0x75));
      await process.sleepUntil(at('04:15:16.904742'));
      check(
        isTooLong(() => socket.send(new Uint8Array(1450))),
        'EMSGSIZE',
      );
    }

    client.run('client', async (process) => {
      const first = process.socket('stream');
      await process.sleepUntil(at('04:15:15.375469'));
      await first.connect({ address: SERVER, port: 8000 });
      await process.sleepUntil(at('04:15:15.478260'));
      await first.send(pattern(5000));
      await process.sleepUntil(at('04:15:16.444430'));
      check((await first.recv()).length === 5000, '5000 octets');
      await process.sleepUntil(at('04:15:16.444576'));
      await first.close();

      const second = process.socket('stream');
      await process.sleepUntil(at('04:15:16.545383'));
      await second.connect({ address: SERVER, port: 8000 });
      await process.sleepUntil(at('04:15:16.545654'));
      await second.send(pattern(3000));
      await process.sleepUntil(at('04:15:16.745979'));
      await second.close();

      await process.sleepUntil(at('04:15:16.912416'));
      client.command('ip route flush cache');
      const socket = process.socket('datagram');
      socket.send(new Uint8Array(1450).fill(0x75), { address: SERVER, port: 7 });
      await process.sleepUntil(at('04:15:17.012725'));
      socket.send(new Uint8Array(1450).fill(0x75), { address: SERVER, port: 7 });

      await process.sleepUntil(at('04:15:17.783768'));
      check((await failure(process, '10.9.9.9')) === 'ENETUNREACH', 'no such network');
      await process.sleepUntil(at('04:15:18.797677'));
      check((await failure(process, '10.0.3.77')) === 'EHOSTUNREACH', 'no such host');
      await process.sleepUntil(at('04:15:21.874216'));
      await tracepath(process, ['-n', '-m', '5', SERVER], report);
    });

    const pings: Readonly<Record<string, string>> = {
      '04:15:17.117979': `-c 1 -t 1 ${SERVER}`,
      '04:15:17.123009': `-c 1 -t 2 ${SERVER}`,
      '04:15:17.130000': `-c 2 -i 0.3 -M do -s 1400 ${SERVER}`,
      '04:15:17.778796': `-c 1 -M dont -s 1400 ${SERVER}`,
      '04:15:17.783082': '-c 1 -W 1 10.9.9.9',
    };
    for (const [instant, words] of Object.entries(pings)) {
      client.run('ping', async (process) => {
        await process.sleepUntil(at(instant));
        await ping(process, words.split(' '), report);
      });
    }
  },
);

function isTooLong(send: () => void): boolean {
  try {
    send();
    return false;
  } catch (error) {
    return error instanceof SocketError && error.code === 'EMSGSIZE';
  }
}

/** What a connect to nobody fails with. */
async function failure(process: Process, address: string): Promise<string> {
  const connection: StreamSocket = process.socket('stream');
  const error: unknown = await connection
    .connect({ address, port: 80 })
    .catch((reason: unknown) => reason);
  return error instanceof SocketError ? error.code : '';
}
