/** Captures on `any`, as a real kernel's: loopback's packets once, Ethernet's by direction. */
import { scenario } from 'tcpetri';
import { LinkType } from 'tcpetri/wire';
import { onAnyInterface } from '../shared/any-interface.ts';

export default scenario(
  'linux/any-interface/sll2',
  { summary: 'a capture on any interface', start: '2026-01-01T04:35:10Z' },
  ({ network, at }) => {
    const times = {
      welcome: {
        connect: at('04:35:10.367566'),
        send: at('04:35:10.367766'),
        read: at('04:35:10.467991'),
        close: at('04:35:10.468191'),
        serverCloses: at('04:35:10.518481'),
      },
      unspecified: {
        connect: at('04:35:10.618955'),
        close: at('04:35:10.619131'),
        serverCloses: at('04:35:10.669414'),
      },
      neighbor: {
        connect: at('04:35:10.769925'),
        send: at('04:35:10.770121'),
        read: at('04:35:10.870294'),
        close: at('04:35:10.870462'),
        serverCloses: at('04:35:10.920790'),
      },
    };
    onAnyInterface(network, times, LinkType.linuxSll2);
  },
);
