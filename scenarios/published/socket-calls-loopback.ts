/**
 * Published capture: a client and a server stepped through their socket calls on loopback, with
 * `netstat` between; then a client without a server; a day later the same with datagrams.
 */
import { latencies, linux6, ms, netstat, scenario, SocketError, us } from 'tcpetri';

const SERVER = { address: '127.0.0.1', port: 12345 };

export default scenario(
  'published/socket-calls-loopback',
  {
    summary: 'socket calls one by one on loopback, with netstat; a refused connection; UDP',
    start: '2022-03-01T11:58:17.059466Z',
    hosts: { '127.0.0.1': 'localhost' },
  },
  ({ network, at, report, check }) => {
    const host = network.host('host', {
      profile: { ...linux6, timers: { tick: ms(4), wheel: true } }, // HZ = 250
      uptime: ms(988_640_603) + us(960), // TSval is the uptime in milliseconds
      tickPhase: us(3_805), // a tick came at 12:00:42.383661
      chosen: {
        timestampOffsets: [0, 0, -2], // the clock had been slewed by 2 ms when the third opened
        ports: [56234, 56262, 39094],
        initialSequenceNumbers: [2271595046, 2153659986, 1183472988],
      },
      loopbackLatency: latencies(
        // SYN, SYN-ACK, ACK; data, ACK; FIN, ACK; FIN, ACK; SYN, RST; two datagrams
        [9027, 22, 10, 12, 10, 10, 10, 18, 10, 15, 10, 10, 10].map(us),
      ),
    });
    network.capture(host.interface('lo'));
    const showNetstat = (): void => {
      for (const row of netstat(host)) {
        report(Object.values(row).join(' '));
      }
    };

    host.run(
      'server',
      async (process) => {
        const listener = process.socket('stream');
        listener.bind(SERVER.port);
        listener.listen(5);
        const connection = await listener.accept();
        showNetstat();
        await process.sleepUntil(at('11:59:19.715745'));
        await connection.send('welcome to join');
        await process.sleepUntil(at('12:01:24.794975'));
        await connection.close();
      },
      { pid: 65639 },
    );

    host.run(
      'client',
      async (process) => {
        const connection = process.socket('stream');
        await connection.connect(SERVER);
        await process.sleepUntil(at('12:00:42'));
        check((await connection.recvText()) === 'welcome to join', 'the greeting');
        await process.sleepUntil(at('12:00:42.379997'));
        await connection.close();
        await process.sleepUntil(at('12:01:00'));
        showNetstat();
      },
      { pid: 65633 },
    );

    host.run('client', async (process) => {
      await process.sleepUntil(at('12:50:57.975036'));
      const connection = process.socket('stream');
      const failure = await connection.connect(SERVER).catch((error: unknown) => error);
      check(
        failure instanceof SocketError && failure.code === 'ECONNREFUSED',
        'ECONNREFUSED without a server',
      );
    });

    host.run('udp-server', async (process) => {
      const socket = process.socket('datagram');
      socket.bind(SERVER.port);
      const { from } = await socket.recv();
      await process.sleepUntil(at('2022-03-02T09:19:53.029951Z'));
      socket.send('welcome to join', from);
    });

    host.run('udp-client', async (process) => {
      await process.sleepUntil(at('2022-03-02T09:19:53.027405Z'));
      const socket = process.socket('datagram');
      socket.send('hello server', SERVER);
      await socket.recv();
    });
  },
);
