/** The only segment in flight is lost: a probe for the tail repeats it. */
import { data, drop, nth, scenario } from 'tcpetri';
import { FAR, pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/loss/lost-first-data-single',
  { summary: 'one segment, lost: the tail loss probe repeats it', start: '2026-01-01T03:59:58Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [drop(nth(1, data))] },
    });
    sends(client, {
      connect: at('03:59:59.116241'),
      send: [[at('03:59:59.568604'), pattern(100)]],
      close: at('04:00:01.261534'),
    });
    reads(server, { read: [at('04:00:01.038118')], close: at('04:00:01.421528') });
  },
);
