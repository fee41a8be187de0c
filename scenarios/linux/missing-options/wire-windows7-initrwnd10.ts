/** A hand-made client: Windows 7's SYN to a server whose route says a window of ten segments. */
import { scenario } from 'tcpetri';
import { handMadeClient } from '../shared/hand-made-client.ts';
import { NOP, SACK_PERMITTED, segmentSize, windowScale } from '../shared/wire.ts';

export default scenario(
  'linux/missing-options/wire-windows7-initrwnd10',
  {
    summary: "Windows 7's SYN to a server whose route says a window of ten segments",
    start: '2026-01-01T04:32:34Z',
  },
  ({ network, at }) => {
    const client = {
      options: [segmentSize(1460), NOP, windowScale(8), NOP, NOP, SACK_PERMITTED],
      synWindow: 8192,
      ttl: 128,
    };
    const server = handMadeClient(network, client, {
      syn: at('04:32:34.706930'),
      ack: at('04:32:34.707080'),
      first: at('04:32:34.907523'),
      second: at('04:32:35.158348'),
      answer: at('04:32:35.409205'),
      reset: at('04:32:35.588850'),
    });
    server.command('ip route replace 192.168.1.0/24 dev eth0 initrwnd 10');
  },
);
