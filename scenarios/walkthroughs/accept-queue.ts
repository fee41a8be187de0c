/**
 * Connections are complete before anybody accepts them: they wait in the listener's queue, and
 * accept() takes the first. Meanwhile their data is acknowledged.
 */
import { ms, scenario, seconds } from 'tcpetri';

export default scenario(
  'walkthroughs/accept-queue',
  { summary: 'three connections wait until the server accepts them' },
  ({ network, report }) => {
    const [client, server] = network.pair({ latency: ms(1) });

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(8000);
      listener.listen(5);
      await process.sleep(seconds(2));
      for (let i = 0; i < 3; i++) {
        const connection = await listener.accept();
        report(`accepted ${connection.remote?.port}: ${await connection.recvText()}`);
        await connection.close();
      }
      await listener.close();
    });

    for (const name of ['first', 'second', 'third']) {
      client.run(name, async (process) => {
        const connection = process.socket('stream');
        await connection.connect({ address: server.address, port: 8000 });
        await connection.send(`I am the ${name}`);
        await connection.recvAll();
      });
    }
  },
);
