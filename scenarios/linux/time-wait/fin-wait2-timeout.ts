/**
 * An orphan in FIN-WAIT-2 is forgotten after tcp_fin_timeout, 5 s here: the peer's late FIN finds
 * nobody, and is answered by a RST.
 */
import { scenario } from 'tcpetri';
import { SERVER, twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/time-wait/fin-wait2-timeout',
  { summary: 'an orphan in FIN-WAIT-2 is forgotten', start: '2026-01-01T04:11:26Z' },
  ({ network, at, check }) => {
    const { client, server } = twoHosts(network);
    server.command('sysctl -w net.ipv4.tcp_fin_timeout=5');

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(8000, SERVER);
      listener.listen();
      const connection = await listener.accept();
      await process.sleepUntil(at('04:11:27.192906'));
      check((await connection.recvText()) === 'hi', 'hi');
      await process.sleepUntil(at('04:11:27.193022'));
      await connection.close();
      await process.sleepUntil(at('04:11:35.097777'));
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await process.sleepUntil(at('04:11:27.142520'));
      await connection.connect({ address: SERVER, port: 8000 });
      await process.sleepUntil(at('04:11:27.142705'));
      await connection.send('hi');
      await process.sleepUntil(at('04:11:34.740690'));
      check((await connection.recv()).length === 0, 'the end');
      await process.sleepUntil(at('04:11:34.740786'));
      await connection.close();
    });
  },
);
