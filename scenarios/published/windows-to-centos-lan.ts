/**
 * Published capture: a Windows client, without timestamps, talks to a CentOS server on a LAN and
 * aborts in the end; captured on the server.
 */
import { latencies, linux26, port, scenario, us, windows7 } from 'tcpetri';

export default scenario(
  'published/windows-to-centos-lan',
  {
    summary: 'a Windows client and a CentOS server on a LAN: two messages, then RST',
    start: '2018-04-10T11:12:02Z',
    services: { '8000/tcp': 'irdmi' },
  },
  ({ network, at, check }) => {
    const windows = network.host('windows', {
      address: '192.168.1.109/24',
      profile: windows7,
      chosen: { ports: [8886], initialSequenceNumbers: [2639909369] },
    });
    const centos = network.host('centos', {
      profile: linux26,
      chosen: { initialSequenceNumbers: [1984808639] },
    });
    const eth0 = network.interface(centos, 'eth0', {
      address: '192.168.1.178/24',
      // ARP request; SYN, ACK, data, data, RST: from the wire to the protocols and out again
      receiveLatency: latencies([20, 36, 10, 31, 34, 10].map(us)),
    });
    const ONE_WAY = us(90);
    network.link(windows, eth0, {
      latency: ONE_WAY,
      bToA: { latency: us(99) },
    });
    network.capture(eth0, { only: port(8000) });

    centos.run('server', async (server) => {
      const listener = server.socket('stream');
      listener.setsockopt('SO_REUSEADDR', 1);
      listener.bind(8000);
      listener.listen(5);
      const connection = await listener.accept();
      check((await connection.recvText()) === '11111', 'the first message');
      check((await connection.recvText()) === '123321', 'the second message');
      await connection.recv().catch(() => undefined); // ECONNRESET
    });

    windows.run('client', async (client) => {
      const connection = client.socket('stream');
      // The SYN waits for ARP: 90 µs there, 20 in the server, 99 back; then 90 to the capture.
      await client.sleepUntil(at('11:12:02.534303') - us(90 + 20 + 99 + 90));
      await connection.connect({ address: '192.168.1.178', port: 8000 });
      await client.sleepUntil(at('11:12:16.501177') - ONE_WAY);
      await connection.send('11111');
      await client.sleepUntil(at('11:44:16.181474') - ONE_WAY);
      await connection.send('123321');
      await client.sleepUntil(at('11:50:55.047977') - ONE_WAY);
      connection.setsockopt('SO_LINGER', { on: true, seconds: 0 });
      await connection.close();
    });
  },
);
