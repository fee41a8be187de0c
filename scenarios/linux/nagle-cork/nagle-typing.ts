/**
 * Three octets every 5 ms: Nagle gathers what is written while a short segment is on its way.
 */
import { scenario } from 'tcpetri';
import { type Call, closes, pingPong, type Round, sends, talk } from '../shared/dialogue.ts';
import { twoHosts } from '../shared/lab.ts';

const WRITES = [
  '04:09:04.627609',
  '04:09:04.632822',
  '04:09:04.638005',
  '04:09:04.643192',
  '04:09:04.648360',
  '04:09:04.654863',
  '04:09:04.660025',
  '04:09:04.665188',
  '04:09:04.670316',
  '04:09:04.675478',
  '04:09:04.680658',
  '04:09:04.685817',
  '04:09:04.690986',
  '04:09:04.696139',
  '04:09:04.701319',
  '04:09:04.706475',
  '04:09:04.711642',
  '04:09:04.716812',
  '04:09:04.721986',
  '04:09:04.727135',
  '04:09:04.732288',
  '04:09:04.737414',
  '04:09:04.742536',
  '04:09:04.747651',
  '04:09:04.752783',
  '04:09:04.757917',
  '04:09:04.763037',
  '04:09:04.768165',
  '04:09:04.773341',
  '04:09:04.778470',
  '04:09:04.783595',
  '04:09:04.788727',
  '04:09:04.793848',
  '04:09:04.798974',
  '04:09:04.804090',
  '04:09:04.809207',
  '04:09:04.814328',
  '04:09:04.819443',
  '04:09:04.824567',
  '04:09:04.829694',
];

const QUESTIONS: readonly Round[] = [
  ['04:09:04.566175', '04:09:04.576319', '04:09:04.576364', '04:09:04.586581'],
  ['04:09:04.586622', '04:09:04.596833', '04:09:04.596877', '04:09:04.607086'],
  ['04:09:04.607128', '04:09:04.617327', '04:09:04.617366', '04:09:04.627552'],
];

export default scenario(
  'linux/nagle-cork/nagle-typing',
  { summary: 'Nagle gathers what is typed', start: '2026-01-01T04:09:04Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, { at });
    const questions = pingPong(at, QUESTIONS);
    talk(client, server, at('04:09:04.566021'), {
      client: [
        ...questions.client,
        ...WRITES.map((time, i): Call => [at(time), sends(`${String(i).padStart(2, '0')}.`)]),
        [at('04:09:05.134926'), closes],
      ],
      server: [...questions.server, [at('04:09:05.185171'), closes]],
    });
  },
);
