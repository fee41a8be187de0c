/**
 * Why TIME-WAIT is: the last ACK is lost, so the FIN comes again, is acknowledged again, and the
 * 60 seconds begin anew.
 */
import { drop, ms, nth, pureAck, scenario, seconds } from 'tcpetri';

export default scenario(
  'walkthroughs/lost-last-ack',
  { summary: 'the last ACK is lost, and TIME-WAIT answers for it' },
  ({ network }) => {
    // The client's second ACK without data is that of the server's FIN.
    const aToB = { faults: [drop(nth(2, pureAck))] };
    const [client, server] = network.pair({ latency: ms(10), aToB });

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(8000);
      listener.listen();
      const connection = await listener.accept();
      await connection.recvAll();
      await process.sleep(seconds(1));
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await connection.connect({ address: server.address, port: 8000 });
      connection.shutdown('write');
      await connection.recvAll();
    });
  },
);
