/** A capture on any with the cooked header of version 2, as tcpdump makes it now. */
import { LinkType } from 'tcpetri/wire';
import { scenario } from 'tcpetri';
import { seenOnAny } from '../shared/any-interface.ts';

export default scenario(
  'linux/any-interface/sll2',
  { summary: 'any, with the cooked header of version 2', start: '2026-01-01T04:35:10Z' },
  ({ network, at }) => {
    seenOnAny(
      network,
      at,
      { linkType: LinkType.linuxSll2 },
      {
        loopback: {
          connect: at('04:35:10.367566'),
          send: at('04:35:10.367766'),
          clientCloses: at('04:35:10.468191'),
          serverCloses: at('04:35:10.518481'),
        },
        toAny: {
          connect: at('04:35:10.618955'),
          clientCloses: at('04:35:10.619131'),
          serverCloses: at('04:35:10.669414'),
        },
        lan: {
          connect: at('04:35:10.769925'),
          send: at('04:35:10.770121'),
          clientCloses: at('04:35:10.870462'),
          serverCloses: at('04:35:10.920790'),
        },
      },
    );
  },
);
