/** A real kernel's Ethernet: nobody sees that a program wants to read no more, until it closes. */
import { scenario, SocketError } from 'tcpetri';
import { listening, SERVER, twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/half-close/shut-rd',
  { summary: 'data for a client that has shut down its reading', start: '2026-01-01T04:09:35Z' },
  ({ network, at, check }) => {
    const { client, server } = twoHosts(network);

    server.run('server', async (process) => {
      const listener = listening(process, SERVER);
      const connection = await listener.accept();
      await process.sleepUntil(at('04:09:35.490473'));
      await connection.send('data into SHUT_RD');
      await process.sleepUntil(at('04:09:35.732480'));
      await connection.send('more');
      try {
        await connection.recv();
      } catch (error) {
        check(error instanceof SocketError && error.code === 'ECONNRESET', 'a reset');
      }
      await process.sleepUntil(at('04:09:36.132917'));
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await process.sleepUntil(at('04:09:35.290021'));
      await connection.connect({ address: SERVER, port: 8000 });
      connection.shutdown('read');
      await process.sleepUntil(at('04:09:35.690688'));
      check((await connection.recvText()) === 'data into SHUT_RD', 'what came, all the same');
      await process.sleepUntil(at('04:09:35.732386'));
      check((await connection.recv()).length === 0, 'the end');
      await process.sleepUntil(at('04:09:35.932736'));
      await connection.close();
    });
  },
);
