/** A capture on any with the cooked header of version 1, as it was made until libpcap 1.10. */
import { LinkType } from 'tcpetri/wire';
import { scenario } from 'tcpetri';
import { seenOnAny } from '../shared/any-interface.ts';

export default scenario(
  'linux/any-interface/sll1',
  { summary: 'any, with the cooked header of version 1', start: '2026-01-01T04:35:12Z' },
  ({ network, at }) => {
    seenOnAny(
      network,
      at,
      { linkType: LinkType.linuxSll },
      {
        loopback: {
          connect: at('04:35:12.187364'),
          send: at('04:35:12.187493'),
          clientCloses: at('04:35:12.287793'),
          serverCloses: at('04:35:12.338086'),
        },
        toAny: {
          connect: at('04:35:12.438582'),
          clientCloses: at('04:35:12.438762'),
          serverCloses: at('04:35:12.489008'),
        },
        lan: {
          connect: at('04:35:12.589632'),
          send: at('04:35:12.589831'),
          clientCloses: at('04:35:12.690140'),
          serverCloses: at('04:35:12.740473'),
        },
      },
    );
  },
);
