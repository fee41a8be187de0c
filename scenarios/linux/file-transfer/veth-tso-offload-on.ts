/** A real kernel's long frames: what it leaves to the device to cut, a capture shows whole. */
import { scenario, us } from 'tcpetri';
import { listening, pattern, SERVER, twoHosts } from '../shared/lab.ts';

/** The call that writes takes in so much before it waits for memory, and reads ACKs. */
const TAKEN_AT_ONCE = 46_336;

export default scenario(
  'linux/file-transfer/veth-tso-offload-on',
  { summary: 'a million octets in frames of up to 64 kB', start: '2026-01-01T04:12:07Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, { at, delay: us(2), offload: true });

    server.run('server', async (process) => {
      const listener = listening(process, SERVER);
      const connection = await listener.accept();
      await process.sleepUntil(at('04:12:08.468510'));
      process.callTime = at('04:12:08.468544') - process.now;
      for (let left = 1_000_000; left > 0;) {
        left -= (await connection.recv(65_536)).length;
        process.callTime = 0;
      }
      await process.sleepUntil(at('04:12:08.484143'));
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await process.sleepUntil(at('04:12:08.138470'));
      await connection.connect({ address: SERVER, port: 8000 });
      await process.sleepUntil(at('04:12:08.468438'));
      const data = pattern(1_000_000);
      process.callTime = at('04:12:08.468487') - process.now;
      await connection.send(data.subarray(0, TAKEN_AT_ONCE), 'MSG_MORE');
      process.callTime = 0;
      await process.sleepUntil(at('04:12:08.468516'));
      await connection.send(data.subarray(TAKEN_AT_ONCE));
      await process.sleepUntil(at('04:12:08.469373'));
      connection.shutdown('write');
      await process.sleepUntil(at('04:12:08.484213'));
      await connection.close();
    });
  },
);
