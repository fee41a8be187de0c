/**
 * Published capture: `nc -l 8000` and `nc 127.0.0.1 8000` on loopback, one line typed, then ctrl-c
 * on the client. Inputs are what the kernel chose (sequence numbers, port, clock) and how long each
 * frame and each person took; every other number comes out of the stack.
 */
import { latencies, ms, scenario, tcpPort, us } from 'tcpetri';

export default scenario(
  'published/nc-loopback',
  {
    summary: 'nc to nc over loopback: hello, and the client closes',
    start: '2021-06-01T12:07:24.920952Z',
    hosts: { '127.0.0.1': 'localhost' },
  },
  ({ network, at }) => {
    const host = network.host('wsl', {
      uptime: ms(2_047_998_107) + us(100), // TSval is the uptime in milliseconds
      chosen: {
        timestampOffsets: [0],
        ports: [47152],
        initialSequenceNumbers: [2397915828, 3312485390],
      },
      // SYN, SYN-ACK, ACK; data, ACK; FIN, FIN-ACK, ACK: what lies between each and the answer.
      loopbackLatency: latencies([us(20), us(7), us(7), us(48), us(7), us(7), us(70), us(7)]),
    });
    network.capture(host.interface('lo'), { only: tcpPort(8000) });

    host.run('nc-listen', async (nc) => {
      const listener = nc.socket('stream');
      listener.setsockopt('SO_REUSEADDR', 1);
      listener.bind(8000);
      listener.listen(1);
      const connection = await listener.accept();
      while ((await connection.recv()).length > 0); // nc prints what it reads
      await nc.sleepUntil(at('12:43:32.214879')); // and takes a moment to see the end
      await connection.close();
    });

    host.run('nc', async (nc) => {
      const connection = nc.socket('stream');
      await connection.connect({ address: '127.0.0.1', port: 8000 });
      await nc.sleepUntil(at('12:34:34.016955'));
      await connection.send('hello\n');
      await nc.sleepUntil(at('12:43:32.214698')); // ctrl-c
    });
  },
);
