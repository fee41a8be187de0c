/** A real kernel's loopback: a RST ends a connection. */
import { scenario } from 'tcpetri';
import { loneHost } from '../shared/lab.ts';
import { lingerAbort } from '../shared/linger0-abort.ts';

export default scenario(
  'linux/linger0-abort/lo',
  { summary: 'on loopback, the client aborts by SO_LINGER', start: '2026-01-01T04:31:39Z' },
  ({ network, at }) => {
    const host = loneHost(network);
    lingerAbort({ client: host, server: host }, '127.0.0.1', {
      connect: at('04:31:39.854134'),
      hello: at('04:31:39.854276'),
      world: at('04:31:40.054641'),
      clientReads: at('04:31:40.254905'),
      abort: at('04:31:40.475219'),
      serverReads: at('04:31:40.696101'),
    });
  },
);
