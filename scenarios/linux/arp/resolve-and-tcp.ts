/**
 * The first packet to a neighbour asks for its hardware address and waits for it. Who was asked
 * knows the asker by that, but makes sure of it when it has sent for five seconds.
 */
import { ping, scenario } from 'tcpetri';
import { SERVER, twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/arp/resolve-and-tcp',
  { summary: 'ARP before TCP, and to confirm', start: '2026-01-01T04:15:51Z' },
  ({ network, at, check, report }) => {
    const { client, server } = twoHosts(network, { at, asksNeighbors: true });

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(8000, SERVER);
      listener.listen();
      const connection = await listener.accept();
      await process.sleepUntil(at('04:15:52.037710'));
      check((await connection.recvText()) === 'hello\n', 'hello');
      await process.sleepUntil(at('04:15:58.107318'));
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await process.sleepUntil(at('04:15:51.922007'));
      await connection.connect({ address: SERVER, port: 8000 });
      await process.sleepUntil(at('04:15:51.937538'));
      await connection.send('hello\n');
      await process.sleepUntil(at('04:15:58.057075'));
      await connection.close();
      await process.sleepUntil(at('04:16:04.625180'));
      await ping(process, ['-c', '2', SERVER], report);
    });
  },
);
