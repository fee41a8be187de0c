/** A real kernel's Ethernet: sixteen quick ACKs, and then one whenever the program has read. */
import { scenario, us } from 'tcpetri';
import { listening, SERVER, twoHosts } from '../shared/lab.ts';

const MESSAGES = 40;
/** The client sent one each 10.27 ms, and the server had read it just before the next. */
const INTERVAL = us(10_268);
const READ_AFTER = us(10_200);

export default scenario(
  'linux/lan-fourway/one-way-small',
  { summary: 'forty short messages, one each 10 ms', start: '2026-01-01T04:32:12Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network);
    const begin = at('04:32:12.934239');

    server.run('server', async (process) => {
      const listener = listening(process, SERVER);
      const connection = await listener.accept();
      for (let i = 0; i < MESSAGES; i++) {
        await process.sleepUntil(begin + i * INTERVAL + READ_AFTER);
        await connection.recv();
      }
      await process.sleepUntil(at('04:32:13.684743'));
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      connection.setsockopt('TCP_NODELAY', 1);
      await process.sleepUntil(at('04:32:12.633768'));
      await connection.connect({ address: SERVER, port: 8000 });
      for (let i = 0; i < MESSAGES; i++) {
        await process.sleepUntil(begin + i * INTERVAL);
        await connection.send(`message ${String(i).padStart(2, '0')}\n`);
      }
      await process.sleepUntil(at('04:32:13.684693'));
      await connection.close();
    });
  },
);
