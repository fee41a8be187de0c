/**
 * tcpdump at a terminal, beside nc at two others: to the screen with a filter, into a file that is
 * read afterwards, and on all interfaces at once. Ctrl-C ends it, and it says what it has seen.
 */
import { scenario, seconds, type SimulatedHost } from 'tcpetri';

export default scenario(
  'walkthroughs/tcpdump',
  {
    summary: 'tcpdump at a terminal: a filter, a file, all interfaces',
    hosts: { '127.0.0.1': 'localhost' },
  },
  ({ network, report }) => {
    const host = network.host('ubuntu', { address: '192.168.1.178/24' });
    network.capture(host.interface('lo'));

    host.run('somebody', async (process) => {
      const watch = async (line: string, talk: () => Promise<void>): Promise<void> => {
        const tcpdump = host.start(line);
        await process.sleep(seconds(1));
        await talk();
        await process.sleep(seconds(1));
        tcpdump.interrupt(); // Ctrl-C
        await tcpdump.ended;
        report(`$ ${line}\n${tcpdump.output.trimEnd()}`);
      };
      await watch('sudo tcpdump -n -i lo port 8000', () => hello(host, 'tcp'));
      await watch('sudo tcpdump -i lo -w dumpexample', () => hello(host, 'tcp'));
      const line = 'tcpdump -r dumpexample -nn -q';
      report(`$ ${line}\n${(await host.sh(line)).trimEnd()}`);
      await watch('sudo tcpdump -i any -nn udp port 12345', () => hello(host, 'udp'));
    });
  },
);

/** One line from a client to a server, which Ctrl-C ends. */
async function hello(host: SimulatedHost, protocol: 'tcp' | 'udp'): Promise<void> {
  const options = protocol === 'udp' ? '-u ' : '';
  const port = protocol === 'udp' ? 12345 : 8000;
  const server = host.start(`nc ${options}-l ${port}`);
  await host.sh('sleep 0.1');
  const client = host.start(`nc ${options}127.0.0.1 ${port}`);
  client.type('hello\n');
  await host.sh('sleep 0.1');
  client.interrupt();
  await host.sh('sleep 0.1');
  server.interrupt();
}
