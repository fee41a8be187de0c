/** A real kernel's Ethernet: a RST ends a connection, with the present window and timestamps. */
import { scenario } from 'tcpetri';
import { SERVER, twoHosts } from '../shared/lab.ts';
import { lingerAbort } from '../shared/linger0-abort.ts';

export default scenario(
  'linux/linger0-abort/lan',
  { summary: 'the client aborts by SO_LINGER', start: '2026-01-01T04:31:37Z' },
  ({ network, at }) => {
    lingerAbort(twoHosts(network), SERVER, {
      connect: at('04:31:37.881955'),
      hello: at('04:31:37.882185'),
      world: at('04:31:38.082593'),
      clientReads: at('04:31:38.282870'),
      abort: at('04:31:38.521571'),
      serverReads: at('04:31:38.760883'),
    });
  },
);
