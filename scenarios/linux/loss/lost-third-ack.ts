/** The ACK of the handshake is lost: the SYN-ACK comes again, and draws it once more. */
import { drop, nth, pureAck, scenario } from 'tcpetri';
import { FAR, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/loss/lost-third-ack',
  { summary: 'the third segment of the handshake is lost', start: '2026-01-01T03:59:44Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [drop(nth(1, pureAck))] },
    });
    sends(client, {
      connect: at('03:59:45.173768'),
      send: [[at('03:59:48.542142'), 'hello\n']],
      close: at('03:59:48.842875'),
    });
    reads(server, { read: [at('03:59:48.842777')], close: at('03:59:49.041471') });
  },
);
