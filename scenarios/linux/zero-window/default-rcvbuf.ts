/**
 * A receive buffer of the default size fills up, and memory counts, not octets: 119,608 octets
 * close the window of a buffer of 131,072. After five seconds the server reads, and the window
 * becomes many times what it was. What arrives while a call has the socket waits for its end, so
 * that many ACKs are one for the writer, and many segments draw one from the reader.
 */
import { scenario, us } from 'tcpetri';
import { listening, pattern, SERVER, twoHosts } from '../shared/lab.ts';

/** What the client has to say, and how much of it each call takes. */
const DATA = pattern(400_000);
const PIECE = 16_384;
/** When the calls began that the capture tells of, by the segments that left. */
const WRITTEN_AT = [
  '04:33:13.465940',
  '04:33:13.466107',
  '04:33:13.466173',
  '04:33:13.466203',
  '04:33:13.466238',
];
/** The same of the reader, by its acknowledgments; when it read on, the rest had come. */
const READ_AT = [
  '04:33:18.843355',
  '04:33:18.843423',
  '04:33:18.843481',
  '04:33:18.843579',
  '04:33:18.844080',
];

export default scenario(
  'linux/zero-window/default-rcvbuf',
  { summary: 'a buffer of the default size fills up', start: '2026-01-01T04:33:13Z' },
  ({ network, at, check }) => {
    const { client, server } = twoHosts(network, { at, callTime: us(30) });

    server.run('server', async (process) => {
      const listener = listening(process, SERVER);
      const connection = await listener.accept();
      let got = 0;
      for (let call = 0; got < DATA.length; call += 1) {
        const instant = READ_AT[call];
        if (instant !== undefined) await process.sleepUntil(at(instant));
        got += (await connection.recv(65_536)).length;
      }
      check(got === DATA.length, 'all is read');
      await process.sleepUntil(at('04:33:19.484635'));
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      connection.setsockopt('SO_SNDBUF', 1_000_000);
      await process.sleepUntil(at('04:33:13.153967'));
      await connection.connect({ address: SERVER, port: 8000 });
      for (let sent = 0; sent < DATA.length; sent += PIECE) {
        const instant = WRITTEN_AT[sent / PIECE];
        if (instant !== undefined) await process.sleepUntil(at(instant));
        await connection.send(DATA.subarray(sent, sent + PIECE));
      }
      await process.sleepUntil(at('04:33:19.484512'));
      await connection.close();
    });
  },
);
