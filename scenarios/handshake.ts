/**
 * The three-way handshake (RFC 9293 §3.5, figure 6), a line of text each way, and the close: what
 * every TCP capture begins and ends with.
 */
import { ms, scenario } from 'tcpetri';

export default scenario(
  'handshake',
  { summary: 'SYN, SYN-ACK, ACK; a greeting each way; FIN, ACK, FIN, ACK', print: '-n' },
  ({ network, check }) => {
    const [client, server] = network.pair({ latency: ms(5) });

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(8000);
      listener.listen();
      const connection = await listener.accept();
      check((await connection.recvText()) === 'hello\n', 'the server to read hello');
      await connection.send('welcome\n');
      check((await connection.recvText()) === '', 'the client to close first');
      await process.sleep(ms(100)); // so that the server's ACK and its FIN are two segments
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await connection.connect({ address: '10.0.0.2', port: 8000 });
      await connection.send('hello\n');
      check((await connection.recvText()) === 'welcome\n', 'the client to read welcome');
      await connection.close();
    });
  },
);
