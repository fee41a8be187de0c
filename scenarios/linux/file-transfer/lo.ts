/**
 * A real kernel's loopback: segments are half as long as the window, 32 kB at first. The call that
 * reads is held up for 27 ms, with the socket in its hands; what comes meanwhile waits.
 */
import { scenario, us } from 'tcpetri';
import { CLASSIC, listening, LOOPBACK, loneHost, pattern } from '../shared/lab.ts';

/** The second data packet was ready so much later; then the reader had the socket already. */
const SECOND_PACKET = { index: 4, later: us(27) };

/** After so many packets of 32,741 octets the call that writes looks at what ACKs have come. */
const LOOKS_AFTER = 16 * 32_741;

export default scenario(
  'linux/file-transfer/lo',
  { summary: 'a million octets on loopback', start: '2026-01-01T04:12:04Z' },
  ({ network, at }) => {
    const { index: second, later } = SECOND_PACKET;
    const latency = (index: number): number => (index === second ? LOOPBACK + later : LOOPBACK);
    const host = loneHost(network, CLASSIC, latency);
    host.command('ethtool -K lo tso on');

    host.run('server', async (process) => {
      const listener = listening(process, '127.0.0.1');
      const connection = await listener.accept();
      await process.sleepUntil(at('04:12:05.102058'));
      process.callTime = at('04:12:05.129436') - process.now;
      for (let left = 1_000_000; left > 0;) {
        left -= (await connection.recv(65_536)).length;
        process.callTime = us(20);
      }
      await process.sleepUntil(at('04:12:05.155069'));
      await connection.close();
    });

    host.run('client', async (process) => {
      const connection = process.socket('stream');
      await process.sleepUntil(at('04:12:04.702617'));
      await connection.connect({ address: '127.0.0.1', port: 8000 });
      await process.sleepUntil(at('04:12:05.102036'));
      process.callTime = at('04:12:05.102146') - process.now;
      const data = pattern(1_000_000);
      await connection.send(data.subarray(0, LOOKS_AFTER), 'MSG_MORE');
      process.callTime = 0;
      await connection.send(data.subarray(LOOKS_AFTER));
      connection.shutdown('write');
      await process.sleepUntil(at('04:12:05.155148'));
      await connection.close();
    });
  },
);
