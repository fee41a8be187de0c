/**
 * Full segments to a program that does not read: where the window would shrink, the second segment
 * draws no acknowledgment at once.
 */
import { scenario } from 'tcpetri';
import { closes, each, sends, talk } from '../shared/dialogue.ts';
import { pattern, twoHosts } from '../shared/lab.ts';

const WRITES = [
  '04:09:21.850778',
  '04:09:21.856002',
  '04:09:21.861192',
  '04:09:21.866427',
  '04:09:21.873212',
  '04:09:21.878419',
  '04:09:21.884917',
  '04:09:21.890162',
  '04:09:21.895371',
  '04:09:21.900585',
  '04:09:21.905794',
  '04:09:21.911006',
  '04:09:21.916196',
  '04:09:21.923186',
  '04:09:21.928427',
  '04:09:21.934700',
  '04:09:21.939901',
  '04:09:21.945109',
  '04:09:21.950745',
  '04:09:21.956700',
  '04:09:21.961913',
  '04:09:21.967115',
  '04:09:22.025431',
  '04:09:22.034504',
  '04:09:22.039698',
  '04:09:22.044894',
  '04:09:22.050084',
  '04:09:22.055281',
  '04:09:22.060464',
  '04:09:22.065658',
  '04:09:22.070830',
  '04:09:22.076979',
  '04:09:22.082230',
  '04:09:22.088233',
  '04:09:22.093442',
  '04:09:22.099505',
  '04:09:22.104740',
  '04:09:22.110119',
  '04:09:22.115306',
  '04:09:22.120503',
];

export default scenario(
  'linux/nagle-cork/delack-unread-full-every-5ms',
  { summary: 'delayed ACKs of full segments that nobody reads', start: '2026-01-01T04:09:21Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, { at });

    talk(
      client,
      server,
      at('04:09:21.850543'),
      {
        client: [...each(at, WRITES, sends(pattern(1448))), [at('04:09:22.889359'), closes]],
        server: [[at('04:09:22.940534'), closes]],
      },
      { isNodelay: true },
    );
  },
);
