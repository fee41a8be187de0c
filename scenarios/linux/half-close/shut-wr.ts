/** A real kernel's Ethernet: one side is shut down, and the other goes on. */
import { scenario } from 'tcpetri';
import { listening, SERVER, twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/half-close/shut-wr',
  {
    summary: 'what the server sends after the client has shut down',
    start: '2026-01-01T04:09:33Z',
  },
  ({ network, at }) => {
    const { client, server } = twoHosts(network);

    server.run('server', async (process) => {
      const listener = listening(process, SERVER);
      const connection = await listener.accept();
      await process.sleepUntil(at('04:09:33.218107'));
      while ((await connection.recv()).length > 0);
      await process.sleepUntil(at('04:09:33.218216'));
      await connection.send('1\n');
      await process.sleepUntil(at('04:09:33.418511'));
      await connection.send('2\n');
      await process.sleepUntil(at('04:09:33.618905'));
      await connection.send('3\n');
      await process.sleepUntil(at('04:09:33.819294'));
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await process.sleepUntil(at('04:09:33.077756'));
      await connection.connect({ address: SERVER, port: 8000 });
      await process.sleepUntil(at('04:09:33.077972'));
      await connection.send('3\n1\n2\n');
      await process.sleepUntil(at('04:09:33.078031'));
      connection.shutdown('write');
      await process.sleepUntil(at('04:09:33.819095'));
      await connection.recv();
      await process.sleepUntil(at('04:09:34.060781'));
      await connection.close();
    });
  },
);
