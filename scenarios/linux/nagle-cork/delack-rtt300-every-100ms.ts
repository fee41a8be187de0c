/**
 * On a long way the wait for an acknowledgment doubles each time that it is in vain, from 40 ms to
 * 196: a tick less than the least retransmission timeout.
 */
import { ms, scenario } from 'tcpetri';
import { type Call, closes, sends, talk } from '../shared/dialogue.ts';
import { twoHosts } from '../shared/lab.ts';

const WRITES = [
  '04:36:46.989161',
  '04:36:47.089579',
  '04:36:47.189951',
  '04:36:47.290303',
  '04:36:47.390639',
  '04:36:47.496802',
  '04:36:47.597069',
  '04:36:47.697408',
  '04:36:47.797757',
  '04:36:47.898052',
  '04:36:48.005147',
  '04:36:48.105451',
  '04:36:48.205841',
  '04:36:48.306180',
  '04:36:48.406507',
  '04:36:48.515538',
  '04:36:48.615863',
  '04:36:48.716233',
  '04:36:48.816629',
  '04:36:48.916946',
  '04:36:49.023288',
  '04:36:49.123577',
  '04:36:49.223985',
  '04:36:49.324445',
  '04:36:49.424854',
  '04:36:49.530997',
  '04:36:49.631289',
  '04:36:49.731661',
  '04:36:49.832063',
  '04:36:49.932485',
  '04:36:50.038573',
  '04:36:50.138847',
  '04:36:50.239201',
  '04:36:50.339566',
  '04:36:50.439865',
  '04:36:50.545909',
  '04:36:50.646173',
  '04:36:50.746521',
  '04:36:50.849352',
  '04:36:50.949608',
  '04:36:51.055743',
  '04:36:51.155980',
  '04:36:51.256266',
  '04:36:51.356555',
  '04:36:51.456838',
  '04:36:51.563704',
  '04:36:51.663945',
  '04:36:51.764251',
];

export default scenario(
  'linux/nagle-cork/delack-rtt300-every-100ms',
  { summary: 'delayed ACKs on a way of 300 ms: the wait doubles', start: '2026-01-01T04:36:45Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, { at, delay: ms(150) });

    talk(
      client,
      server,
      at('04:36:46.138481'),
      {
        client: [
          ...WRITES.map((time, i): Call => [
            at(time),
            sends(`message ${String(i).padStart(2, '0')}\n`),
          ]),
          [at('04:36:52.664679'), closes],
        ],
        server: [[at('04:36:53.165011'), closes]],
      },
      { isNodelay: true },
    );
  },
);
