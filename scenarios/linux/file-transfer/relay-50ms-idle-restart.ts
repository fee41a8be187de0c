/** A real kernel's long way: a window that grew is halved for each timeout that nothing is sent. */
import { scenario } from 'tcpetri';
import { FAR, listening, pattern, SERVER, twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/file-transfer/relay-50ms-idle-restart',
  { summary: '300 kB, and four times 60 kB after a rest', start: '2026-01-01T04:33:27Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, { at, delay: FAR });

    server.run('server', async (process) => {
      const listener = listening(process, SERVER);
      const connection = await listener.accept();
      for (let left = 540_000; left > 0;) {
        left -= (await connection.recv(65_536)).length;
      }
      await process.sleepUntil(at('04:33:36.861489'));
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await process.sleepUntil(at('04:33:28.059051'));
      await connection.connect({ address: SERVER, port: 8000 });
      for (const [instant, length] of [
        ['04:33:28.219980', 300_000],
        ['04:33:29.879779', 60_000],
        ['04:33:30.937740', 60_000],
        ['04:33:32.445879', 60_000],
        ['04:33:36.054095', 60_000],
      ] as const) {
        await process.sleepUntil(at(instant));
        await connection.send(pattern(length));
      }
      await process.sleepUntil(at('04:33:36.661140'));
      await connection.close();
    });
  },
);
