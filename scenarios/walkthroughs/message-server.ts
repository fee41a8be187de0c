/**
 * A server as first lessons write it: SO_REUSEADDR, INADDR_ANY, listen(5), a loop of accept and
 * recv, and what it prints. Its client sends twice, half an hour apart, and
 * is ended by Ctrl-C.
 */
import { ms, scenario, seconds } from 'tcpetri';

const PORT = 8000;

export default scenario(
  'walkthroughs/message-server',
  { summary: 'a server prints whom it accepts and what it is told; its client dies' },
  ({ network, report }) => {
    const [client, server] = network.pair({ latency: ms(1) });

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.setsockopt('SO_REUSEADDR', 1);
      listener.bind(PORT);
      listener.listen(5);
      const connection = await listener.accept();
      const peer = connection.remote;
      report(`Accept client[${peer?.address}:${peer?.port}]`);
      for (;;) {
        const message = await connection.recvText();
        if (message === '') break;
        report(`Message from client=[${message}]`);
        await connection.send('heard');
      }
      report('The client has closed.');
    });

    const talker = client.run('client', async (process) => {
      const connection = process.socket('stream');
      await connection.connect({ address: server.address, port: PORT });
      await process.sleep(seconds(14));
      await connection.send('hello');
      await connection.recvText();
      await process.sleep(seconds(32 * 60));
      await connection.send('hello?');
      await connection.recvText();
      await process.sleep(seconds(3600));
    });
    client.run('user', async (process) => {
      await process.sleep(seconds(40 * 60));
      talker.signal('SIGINT');
    });
  },
);
