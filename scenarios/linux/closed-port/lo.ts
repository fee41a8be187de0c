/** A real kernel's loopback: nobody listens, so the SYNs of two connections are refused. */
import { scenario, SocketError } from 'tcpetri';
import { loneHost } from '../shared/lab.ts';

export default scenario(
  'linux/closed-port/lo',
  { summary: 'a port of loopback where nobody listens', start: '2026-01-01T04:31:34Z' },
  ({ network, at, check }) => {
    const host = loneHost(network);

    host.run('client', async (process) => {
      for (const instant of ['04:31:34.470288', '04:31:34.770837']) {
        const connection = process.socket('stream');
        await process.sleepUntil(at(instant));
        try {
          await connection.connect({ address: '127.0.0.1', port: 12345 });
        } catch (error) {
          check(error instanceof SocketError && error.code === 'ECONNREFUSED', 'a refusal');
        }
        await connection.close();
      }
    });
  },
);
