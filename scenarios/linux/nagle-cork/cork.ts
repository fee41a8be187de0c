/**
 * TCP_CORK holds a short segment back until it is drawn or 200 ms are over; MSG_MORE until the next
 * write.
 */
import { scenario, type StreamSocket } from 'tcpetri';
import { closes, reads, sends, talk } from '../shared/dialogue.ts';
import { pattern, twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/nagle-cork/cork',
  { summary: 'TCP_CORK and MSG_MORE hold back what is short', start: '2026-01-01T04:09:06Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, { at });

    talk(client, server, at('04:09:06.402313'), {
      client: [
        [at('04:09:06.402476'), corks(1)],
        [at('04:09:06.402493'), sends('HTTP/1.1 200 OK\r\n\r\n')],
        [at('04:09:06.452638'), sends('<html>')],
        [at('04:09:06.502881'), corks(0)],
        [at('04:09:06.703173'), corks(1)],
        [at('04:09:06.703322'), sends(pattern(4000))],
        [at('04:09:07.203671'), sends('MSG_MORE demo ')],
        [at('04:09:07.603900'), corks(0)],
        [at('04:09:07.804272'), sends('part one, ', 'MSG_MORE')],
        [at('04:09:07.854540'), sends('part two')],
        [at('04:09:08.154833'), closes],
      ],
      server: [
        [at('04:09:06.703078'), reads],
        [at('04:09:07.203635'), reads],
        [at('04:09:07.804151'), reads],
        [at('04:09:08.205115'), closes],
      ],
    });
  },
);

function corks(isOn: 0 | 1): (connection: StreamSocket) => void {
  return (connection) => {
    connection.setsockopt('TCP_CORK', isOn);
  };
}
