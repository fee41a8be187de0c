/**
 * The thirteenth of forty segments is lost, and the thirty-first, sent while the first hole shows:
 * the second hole is found a round trip later, in the same recovery. The write took 32 segments at
 * once; there was room for the others as soon as acknowledgments came, but the program was woken
 * late.
 */
import { data, drop, either, nth, scenario } from 'tcpetri';
import { FAR, pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

const OCTETS = pattern(40 * 1448);
const TAKEN_AT_ONCE = 32 * 1448;

export default scenario(
  'linux/loss/lost-and-lost-again',
  { summary: 'a second segment is lost during recovery', start: '2026-01-01T04:00:27Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [drop(either(nth(13, data), nth(31, data)))] },
    });
    sends(client, {
      connect: at('04:00:28.912156'),
      send: [
        [at('04:00:29.467422'), OCTETS.subarray(0, TAKEN_AT_ONCE)],
        [at('04:00:29.681300'), OCTETS.subarray(TAKEN_AT_ONCE)],
      ],
      close: at('04:00:31.541386'),
    });
    reads(server, { read: [at('04:00:31.326305')], close: at('04:00:31.692942') });
  },
);
