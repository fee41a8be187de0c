/**
 * Writes of a segment and a little more: the short rest waits only for an earlier short one
 * (Minshall).
 */
import { scenario } from 'tcpetri';
import { closes, each, pingPong, reads, type Round, sends, talk } from '../shared/dialogue.ts';
import { pattern, twoHosts } from '../shared/lab.ts';

const READS = [
  '04:09:09.755545',
  '04:09:09.906034',
  '04:09:10.056521',
  '04:09:10.206973',
  '04:09:10.357463',
];

const QUESTIONS: readonly Round[] = [
  ['04:09:09.544187', '04:09:09.554321', '04:09:09.554358', '04:09:09.564514'],
  ['04:09:09.564546', '04:09:09.574687', '04:09:09.574712', '04:09:09.584860'],
  ['04:09:09.584891', '04:09:09.595052', '04:09:09.595089', '04:09:09.605245'],
];

export default scenario(
  'linux/nagle-cork/nagle-odd-tail',
  {
    summary: 'the short rest of a write does not wait for full segments',
    start: '2026-01-01T04:09:09Z',
  },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, { at });
    const questions = pingPong(at, QUESTIONS);
    talk(client, server, at('04:09:09.544015'), {
      client: [
        ...questions.client,
        [at('04:09:09.605374'), sends(pattern(1448))],
        [at('04:09:09.755729'), sends(pattern(1449))],
        [at('04:09:09.906250'), sends(pattern(2000))],
        [at('04:09:10.056741'), sends(pattern(2896))],
        [at('04:09:10.207170'), sends(pattern(3000))],
        [at('04:09:10.657674'), closes],
      ],
      server: [...questions.server, ...each(at, READS, reads), [at('04:09:10.707906'), closes]],
    });
  },
);
