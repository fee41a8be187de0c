/** A real kernel's loopback: hello, the client closes, and the server at once, too. */
import { scenario } from 'tcpetri';
import { helloAndClose } from '../shared/hello-close.ts';
import { loneHost } from '../shared/lab.ts';

export default scenario(
  'linux/lo-hello-close/classic',
  { summary: 'hello on loopback, closed in three segments', start: '2026-01-01T04:31:12Z' },
  ({ network, at }) => {
    helloAndClose(loneHost(network), {
      connect: at('04:31:12.544811'),
      send: at('04:31:13.566393'),
      close: at('04:31:14.587945'),
    });
  },
);
