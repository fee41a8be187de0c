/** The same with Linux 6.18's own settings: a larger scale, so that windows look smaller. */
import { scenario } from 'tcpetri';
import { helloAndClose } from '../shared/hello-close.ts';
import { loneHost, NATIVE } from '../shared/lab.ts';

export default scenario(
  'linux/lo-hello-close/native-6.18',
  { summary: 'hello on loopback by the settings of Linux 6.18', start: '2026-01-01T04:31:19Z' },
  ({ network, at }) => {
    helloAndClose(loneHost(network, NATIVE), {
      connect: at('04:31:19.566386'),
      send: at('04:31:20.587221'),
      close: at('04:31:21.611397'),
    });
  },
);
