/**
 * Short messages to a program that does not read: sixteen quick acknowledgments, then delayed ones,
 * which probes overtake.
 */
import { scenario } from 'tcpetri';
import { closes, each, sends, talk } from '../shared/dialogue.ts';
import { pattern, twoHosts } from '../shared/lab.ts';

const WRITES = [
  '04:09:13.726548',
  '04:09:13.741754',
  '04:09:13.756955',
  '04:09:13.772135',
  '04:09:13.787322',
  '04:09:13.802491',
  '04:09:13.817679',
  '04:09:13.832910',
  '04:09:13.848158',
  '04:09:13.863402',
  '04:09:13.878650',
  '04:09:13.893892',
  '04:09:13.909135',
  '04:09:13.924317',
  '04:09:13.939504',
  '04:09:13.954707',
  '04:09:13.969943',
  '04:09:13.985177',
  '04:09:14.000462',
  '04:09:14.015651',
  '04:09:14.030845',
  '04:09:14.045999',
  '04:09:14.061185',
  '04:09:14.076355',
  '04:09:14.091541',
  '04:09:14.106756',
  '04:09:14.121980',
  '04:09:14.137174',
  '04:09:14.152377',
  '04:09:14.167605',
  '04:09:14.182851',
  '04:09:14.198066',
  '04:09:14.213330',
  '04:09:14.228553',
  '04:09:14.243744',
  '04:09:14.258904',
  '04:09:14.274112',
  '04:09:14.289342',
  '04:09:14.304558',
  '04:09:14.319775',
];

export default scenario(
  'linux/nagle-cork/delack-unread-small-every-15ms',
  { summary: 'delayed ACKs of short segments that nobody reads', start: '2026-01-01T04:09:13Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, { at });

    talk(
      client,
      server,
      at('04:09:13.726320'),
      {
        client: [...each(at, WRITES, sends(pattern(10))), [at('04:09:14.974446'), closes]],
        server: [[at('04:09:15.024707'), closes]],
      },
      { isNodelay: true },
    );
  },
);
