/** What connect() and other calls fail with, each brought about on purpose. */
import { ms, scenario, SocketError } from 'tcpetri';

export default scenario(
  'walkthroughs/error-codes',
  { summary: 'the errors of socket calls, one after the other' },
  ({ network, report }) => {
    const client = network.host('client');
    const server = network.host('server');
    network.link(client, server, { subnet: '10.0.0.0/24', latency: ms(1) });

    client.run('client', async (process) => {
      const failure = async (what: string, call: () => unknown): Promise<void> => {
        try {
          await call();
        } catch (error) {
          if (!(error instanceof SocketError)) throw error;
          report(`${what}: ${error.code}`);
        }
      };
      const connect = (address: string): Promise<void> =>
        process.socket('stream').connect({ address, port: 8000 });
      await failure('a port where nobody listens', () => connect(server.address));
      await failure('an address that nobody has', () => connect('10.0.0.77'));
      await failure('a network without a route', () => connect('192.0.2.1'));
      await failure('an address of another family', () =>
        process.socket('stream', 'AF_INET').connect({ address: '2001:db8::1', port: 8000 }),
      );
      await failure('accept without listen', () => process.socket('stream').accept());
      const socket = process.socket('stream');
      await failure('send without a connection', () => socket.send('x'));
      const counted = await client.sh('nstat -az TcpActiveOpens TcpAttemptFails IpOutNoRoutes');
      report(counted.trimEnd());
    });
  },
);
