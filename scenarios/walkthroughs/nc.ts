/**
 * nc at two terminals of one host: a typed line and Ctrl-C; a file as input; and by datagrams. A
 * third terminal captures.
 */
import { scenario, seconds } from 'tcpetri';

export default scenario(
  'walkthroughs/nc',
  {
    summary: 'nc at two terminals: a typed line, a file, datagrams',
    hosts: { '127.0.0.1': 'localhost' },
  },
  ({ network, report }) => {
    const host = network.host('wsl');
    network.capture(host.interface('lo'));
    host.files.write('poem', 'Rose is a rose\nis a rose is a rose.\n');

    host.run('somebody', async (process) => {
      const server = host.start('nc -l 8000');
      const client = host.start('nc 127.0.0.1 8000');
      await process.sleep(seconds(3));
      client.type('hello\n');
      await process.sleep(seconds(3));
      client.interrupt(); // Ctrl-C
      await server.ended;
      report(`nc -l 8000 has printed: ${server.output.trim()}`);

      const reader = host.start('nc -l 8000 > copy; wc copy');
      await process.sleep(seconds(1));
      await host.sh('nc -N 127.0.0.1 8000 < poem');
      await reader.ended;
      report(`of the file: ${reader.output.trim()}`);

      const listener = host.start('nc -u -l 8000');
      const sender = host.start('nc -u 127.0.0.1 8000');
      await process.sleep(seconds(1));
      sender.type('hello\n');
      await process.sleep(seconds(1));
      sender.interrupt();
      listener.interrupt();
      report(`nc -u -l 8000 has printed: ${listener.output.trim()}`);
    });
  },
);
