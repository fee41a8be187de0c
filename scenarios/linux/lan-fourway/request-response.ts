/** A real kernel's Ethernet: requests that are answered 10 ms later, with or behind their ACK. */
import { scenario } from 'tcpetri';
import { listening, SERVER, twoHosts } from '../shared/lab.ts';

/** When a request leaves, its answer, and when that is read. */
const ROUNDS = [
  ['04:32:08.778247', '04:32:08.788512', '04:32:08.790657'],
  ['04:32:09.090967', '04:32:09.101380', '04:32:09.103565'],
  ['04:32:09.403853', '04:32:09.414200', '04:32:09.416354'],
  ['04:32:09.716622', '04:32:09.726929', '04:32:09.729075'],
  ['04:32:10.029462', '04:32:10.039848', '04:32:10.042027'],
  ['04:32:10.342314', '04:32:10.352618', '04:32:10.354763'],
  ['04:32:10.655032', '04:32:10.665364', '04:32:10.667508'],
  ['04:32:10.967783', '04:32:10.978108', '04:32:10.980237'],
] as const;

export default scenario(
  'linux/lan-fourway/request-response',
  { summary: 'eight requests, each answered 10 ms later', start: '2026-01-01T04:32:08Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network);

    server.run('server', async (process) => {
      const listener = listening(process, SERVER);
      const connection = await listener.accept();
      for (const [i, [, answer]] of ROUNDS.entries()) {
        await process.sleepUntil(at(answer));
        await connection.recv();
        await connection.send(`response ${i}\n`);
      }
      await process.sleepUntil(at('04:32:11.421413'));
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await process.sleepUntil(at('04:32:08.477837'));
      await connection.connect({ address: SERVER, port: 8000 });
      for (const [i, [request, , read]] of ROUNDS.entries()) {
        await process.sleepUntil(at(request));
        await connection.send(`request ${i}\n`);
        await process.sleepUntil(at(read));
        await connection.recv();
      }
      await process.sleepUntil(at('04:32:11.321063'));
      await connection.close();
    });
  },
);
