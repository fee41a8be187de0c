/**
 * Published capture: a server that tells the time of day, on an older Linux. It shuts down its
 * sending side at once and keeps the socket; 401 s later the client closes. Before that, another
 * run's first packet with checksums verified: loopback leaves them half-made.
 */
import { latencies, linux3, ms, scenario, tcpPort, us } from 'tcpetri';

export default scenario(
  'published/time-server-loopback',
  {
    summary: 'a time server on loopback: half-close, delayed ACK, checksum offload',
    start: '2021-06-02T22:13:20.924569Z',
  },
  ({ network, at }) => {
    const host = network.host('host', {
      profile: linux3,
      uptime: ms(2_179_486_902) + us(865), // TSval is the uptime in milliseconds
      tickPhase: us(865), // jiffies and timestamps tick together at HZ = 1000
      chosen: {
        timestampOffsets: [0],
        ports: [58224, 58268],
        initialSequenceNumbers: [3788373325, 1, 3615980748, 553639227],
        identifications: [43515, 0, 5802, 46938],
      },
      loopbackLatency: latencies([
        // the other run
        ...Array.from({ length: 6 }, () => us(10)),
        // SYN, SYN-ACK, ACK, data, its ACK, FIN, its late ACK, FIN, ACK
        ...[14, 12, 12, 7, 6, 7, 7, 8, 8].map(us),
      ]),
    });
    const lo = host.interface('lo');
    network.capture(lo, { name: 'first', only: tcpPort(2013), count: 1, print: '-nn -vvv' });

    host.run('time-server', async (server) => {
      const listener = server.socket('stream');
      listener.setsockopt('SO_REUSEADDR', 1);
      listener.bind(2013);
      listener.listen(5);
      const other = await listener.accept();
      await other.recv();
      await other.close();
      const connection = await listener.accept();
      await server.sleepUntil(at('22:37:28.268911'));
      await connection.send('Wed Jun 02 22:37:28 2021\n');
      await server.sleepUntil(at('22:37:28.268925'));
      connection.shutdown('write');
      while ((await connection.recv()).length > 0);
      await server.sleep(ms(1000)); // it keeps the socket
    });

    host.run('client', async (client) => {
      const other = client.socket('stream');
      await other.connect({ address: '127.0.0.1', port: 2013 });
      await other.close();
      await client.sleepUntil(at('22:37:28.268573'));
      network.capture(lo, { name: 'lo', only: tcpPort(2013), print: '-nn -vvv -K' });
      const connection = client.socket('stream');
      await connection.connect({ address: '127.0.0.1', port: 2013 });
      while ((await connection.recv()).length > 0);
      await client.sleepUntil(at('22:44:09.904648'));
    });
  },
);
