/** The same with a line that the client has not read: it is one RST all the same. */
import { scenario } from 'tcpetri';
import { SERVER, twoHosts } from '../shared/lab.ts';
import { lingerAbort } from '../shared/linger0-abort.ts';

export default scenario(
  'linux/linger0-abort/lan-unread',
  { summary: 'the client aborts with octets unread', start: '2026-01-01T04:31:41Z' },
  ({ network, at }) => {
    lingerAbort(twoHosts(network), SERVER, {
      connect: at('04:31:41.885681'),
      hello: at('04:31:41.885831'),
      world: at('04:31:42.086225'),
      abort: at('04:31:42.524549'),
      serverReads: at('04:31:42.763560'),
    });
  },
);
