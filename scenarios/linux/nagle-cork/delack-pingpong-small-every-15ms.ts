/**
 * Short messages to a program that does not read, behind questions and answers: the first delayed
 * acknowledgment is overtaken by a probe, and ends the interactive mode.
 */
import { scenario } from 'tcpetri';
import { closes, each, pingPong, type Round, sends, talk } from '../shared/dialogue.ts';
import { pattern, twoHosts } from '../shared/lab.ts';

const WRITES = [
  '04:09:24.925477',
  '04:09:24.940602',
  '04:09:24.955821',
  '04:09:25.037344',
  '04:09:25.052547',
  '04:09:25.067731',
  '04:09:25.083443',
  '04:09:25.099298',
  '04:09:25.114618',
  '04:09:25.130583',
  '04:09:25.145743',
  '04:09:25.160898',
  '04:09:25.176066',
  '04:09:25.191207',
  '04:09:25.206361',
  '04:09:25.221496',
  '04:09:25.236650',
  '04:09:25.251785',
  '04:09:25.266927',
  '04:09:25.282074',
];

const QUESTIONS: readonly Round[] = [
  ['04:09:24.861939', '04:09:24.872407', '04:09:24.872443', '04:09:24.883342'],
  ['04:09:24.883374', '04:09:24.893528', '04:09:24.893639', '04:09:24.903846'],
  ['04:09:24.903883', '04:09:24.914026', '04:09:24.914054', '04:09:24.925434'],
];

export default scenario(
  'linux/nagle-cork/delack-pingpong-small-every-15ms',
  { summary: 'delayed ACKs of an interactive connection', start: '2026-01-01T04:09:24Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, { at });
    const questions = pingPong(at, QUESTIONS);
    talk(
      client,
      server,
      at('04:09:24.861793'),
      {
        client: [
          ...questions.client,
          ...each(at, WRITES, sends(pattern(10))),
          [at('04:09:25.937337'), closes],
        ],
        server: [...questions.server, [at('04:09:25.987642'), closes]],
      },
      { isNodelay: true },
    );
  },
);
