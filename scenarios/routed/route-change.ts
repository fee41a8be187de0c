/**
 * A connection whose packets are led another way, and back again, while it goes on:
 *
 *     client ── near ═══════ 10 ms ═══════ far ── server
 *                 ╚═ 30 ms ═ detour ═ 30 ms ═╝
 *
 * After one second `near` sends what is for the server by the detour, after two as before. Answers
 * come by the short way all the time, so the two directions differ: tracepath calls that asymm. In
 * the client's capture the round trip grows from 24 ms to 74 ms and falls again. Then segments that
 * go the short way overtake those on the long one: the server acknowledges what came early by SACK,
 * the client takes the others for lost and sends them again, and D-SACK says that it need not have.
 */
import { ms, scenario, seconds, tracepath } from 'tcpetri';

export default scenario(
  'routed/route-change',
  { summary: 'a route changes under a connection, and changes back', print: '-n -v' },
  ({ network, report, check }) => {
    const [client, server] = [network.host('client'), network.host('server')];
    const [near, far] = [network.router('near'), network.router('far')];
    const detour = network.router('detour');
    network.link(near, client, { subnet: '192.168.1.0/24', latency: ms(1) });
    network.link(near, far, { subnet: '198.51.100.0/30', latency: ms(10) });
    network.link(near, detour, { subnet: '198.51.100.4/30', latency: ms(30) });
    network.link(detour, far, { subnet: '198.51.100.8/30', latency: ms(30) });
    network.link(far, server, { subnet: '203.0.113.0/24', latency: ms(1) });
    near.changeRoutes(seconds(1), 'replace 203.0.113.0/24 via 198.51.100.6');
    near.changeRoutes(seconds(2), 'replace 203.0.113.0/24 via 198.51.100.2');
    network.capture(client);

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(8000);
      listener.listen();
      const connection = await listener.accept();
      check((await connection.recvAll()).length === 60_000, 'all that the client sends');
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      connection.setsockopt('TCP_NODELAY', 1);
      await connection.connect({ address: server.address, port: 8000 });
      for (let i = 0; i < 120; i++) {
        await connection.send('x'.repeat(500));
        await process.sleep(ms(22));
      }
      await connection.close();
    });

    client.run('administrator', async (process) => {
      const ways: string[] = [];
      for (const at of [seconds(0.5), seconds(1.5), seconds(2.5)]) {
        await process.sleepUntil(at);
        const lines: string[] = [];
        await tracepath(process, ['-n', server.address], (line) => void lines.push(line));
        for (const line of lines) report(line);
        ways.push(lines.at(-1) ?? '');
      }
      const there = ways.map((line) => /hops (\d+)/.exec(line)?.[1]).join(' ');
      check(there === '3 4 3', `the number of hops: ${there}`);
    });
  },
);
