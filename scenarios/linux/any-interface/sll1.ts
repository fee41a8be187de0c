/** Captures on `any`, as a real kernel's, with the cooked headers of older libpcaps. */
import { scenario } from 'tcpetri';
import { LinkType } from 'tcpetri/wire';
import { onAnyInterface } from '../shared/any-interface.ts';

export default scenario(
  'linux/any-interface/sll1',
  { summary: 'a capture on any interface, in the older form', start: '2026-01-01T04:35:12Z' },
  ({ network, at }) => {
    const times = {
      welcome: {
        connect: at('04:35:12.187364'),
        send: at('04:35:12.187493'),
        read: at('04:35:12.287652'),
        close: at('04:35:12.287793'),
        serverCloses: at('04:35:12.338086'),
      },
      unspecified: {
        connect: at('04:35:12.438582'),
        close: at('04:35:12.438762'),
        serverCloses: at('04:35:12.489008'),
      },
      neighbor: {
        connect: at('04:35:12.589632'),
        send: at('04:35:12.589831'),
        read: at('04:35:12.690013'),
        close: at('04:35:12.690140'),
        serverCloses: at('04:35:12.740473'),
      },
    };
    onAnyInterface(network, times, LinkType.linuxSll);
  },
);
