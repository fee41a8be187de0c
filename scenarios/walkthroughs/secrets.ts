/**
 * What a host hides of its clocks: sequence numbers and timestamps begin elsewhere for every
 * connection, even to the same server at the same instant.
 */
import { ms, scenario } from 'tcpetri';

export default scenario(
  'walkthroughs/secrets',
  { summary: 'sequence numbers and timestamps of four connections that begin together' },
  ({ network }) => {
    const client = network.host('client');
    const middle = network.switch('10.0.0.0/24');
    network.link(client, middle, { latency: ms(1) });
    const servers = ['one', 'other'].map((name) => network.host(name));
    for (const server of servers) {
      network.link(server, middle, { latency: ms(1) });
      server.run(
        'server',
        async (process) => {
          const listener = process.socket('stream');
          listener.bind(80);
          listener.listen();
          for (;;) await (await listener.accept()).close();
        },
        { daemon: true },
      );
    }
    for (const server of [...servers, ...servers]) {
      client.run('client', async (process) => {
        const connection = process.socket('stream');
        await connection.connect({ address: server.address, port: 80 });
        await connection.recvAll();
      });
    }
  },
);
