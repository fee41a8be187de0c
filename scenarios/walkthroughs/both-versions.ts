/** The same connection over IPv4 and over IPv6, whose header is longer by 20 octets. */
import { ms, scenario } from 'tcpetri';

export default scenario(
  'walkthroughs/both-versions',
  { summary: 'the MSS over either version of IP' },
  ({ network }) => {
    const client = network.host('client');
    const server = network.host('server');
    const subnet = ['192.0.2.0/24', '2001:db8::/64'];
    network.link(client, server, { subnet, latency: ms(1) });

    server.run('server', async (process) => {
      const listener = process.socket('stream', 'AF_INET6'); // which takes both
      listener.bind(80);
      listener.listen();
      for (let i = 0; i < 2; i++) await (await listener.accept()).close();
    });
    client.run('client', async (process) => {
      for (const address of ['192.0.2.2', '2001:db8::2']) {
        const connection = process.socket('stream');
        await connection.connect({ address, port: 80 });
        await connection.recvAll();
        await connection.close();
      }
    });
  },
);
