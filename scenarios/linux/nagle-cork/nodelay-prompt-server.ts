/** Requests in two writes with TCP_NODELAY: both leave at once, and the answer comes at once. */
import { scenario } from 'tcpetri';
import { closes, pingPong, reads, type Round, sends, talk } from '../shared/dialogue.ts';
import { twoHosts } from '../shared/lab.ts';

const QUESTIONS: readonly Round[] = [
  ['04:17:28.375468', '04:17:28.385663', '04:17:28.385711', '04:17:28.395855'],
  ['04:17:28.395891', '04:17:28.406038', '04:17:28.406076', '04:17:28.416235'],
  ['04:17:28.416273', '04:17:28.426434', '04:17:28.426467', '04:17:28.436812'],
];

export default scenario(
  'linux/nagle-cork/nodelay-prompt-server',
  { summary: 'two writes and an answer, without Nagle', start: '2026-01-01T04:17:27Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, { at });
    const questions = pingPong(at, QUESTIONS);
    talk(
      client,
      server,
      at('04:17:28.375318'),
      {
        client: [
          ...questions.client,
          [at('04:17:28.436859'), sends('HEADER')],
          [at('04:17:28.436912'), sends('BODY')],
          [at('04:17:28.437014'), reads],
          [at('04:17:28.442123'), sends('HEADER')],
          [at('04:17:28.442156'), sends('BODY')],
          [at('04:17:28.442212'), reads],
          [at('04:17:28.447327'), sends('HEADER')],
          [at('04:17:28.447374'), sends('BODY')],
          [at('04:17:28.447469'), reads],
          [at('04:17:28.452590'), sends('HEADER')],
          [at('04:17:28.452642'), sends('BODY')],
          [at('04:17:28.452751'), reads],
          [at('04:17:28.757956'), closes],
        ],
        server: [
          ...questions.server,
          [at('04:17:28.436980'), reads],
          [at('04:17:28.436991'), sends('reply\n')],
          [at('04:17:28.442185'), reads],
          [at('04:17:28.442193'), sends('reply\n')],
          [at('04:17:28.447427'), reads],
          [at('04:17:28.447437'), sends('reply\n')],
          [at('04:17:28.452704'), reads],
          [at('04:17:28.452714'), sends('reply\n')],
          [at('04:17:28.808205'), closes],
        ],
      },
      { isNodelay: true },
    );
  },
);
