/** SO_NO_CHECK: datagrams without a checksum over IPv4, and with one all the same over IPv6. */
import { expect, test } from 'vitest';
import { runScenario, scenario } from '../../src/sim/index.ts';
import { decodeFrame, LinkType } from '../../src/wire/index.ts';

test.each([
  ['10.0.0.2', 24, true],
  ['fd00::2', 64, false],
] as const)('to %s/%i: without a checksum is %s', async (address, length, isBare) => {
  const checksums: number[] = [];
  const sent = scenario('no-check', { summary: 'datagrams' }, ({ network }) => {
    const own = address.replace(/2$/, '1');
    const client = network.host('client', { address: `${own}/${length}` });
    network.link(client, network.host('server', { address: `${address}/${length}` }));
    network.capture(client);
    client.run('client', async (process) => {
      const socket = process.socket('datagram');
      socket.setsockopt('SO_NO_CHECK', 1);
      socket.send('hello', { address, port: 9 });
      await process.sleep(1_000_000);
    });
  });
  await runScenario(sent, {
    observer: {
      captureOpened: () => undefined,
      frame: (_, frame) => {
        const { udp } = decodeFrame(LinkType.ethernet, frame);
        if (udp !== undefined) checksums.push(udp.checksum);
      },
      dropped: () => undefined,
      stateEntered: () => undefined,
      reported: () => undefined,
    },
  });
  expect(checksums).toHaveLength(1);
  expect(checksums[0] === 0).toBe(isBare);
});
