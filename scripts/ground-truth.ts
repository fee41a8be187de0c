/** Writes docs/linux.md: the experiments of a real kernel, and how far simulated hosts agree. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type ComparedCapture,
  compareVariant,
  experimentNamed,
  EXPERIMENTS,
} from '../test/linux/experiments.ts';
import type { KnownDifference } from '../test/linux/experiment.ts';

const HEAD = `# Beside a real Linux

Written by \`npm run docs\`, which runs what it tells of. Programs were run on Linux 6.18 and their
packets captured; each of these experiments is a scenario here, in which simulated hosts make the same
calls at the same times. The captures are compared packet by packet, in the text of \`tcpdump -nn -vvv\`,
after replacing in both what a host is free to choose: initial sequence numbers, ephemeral ports, where
timestamps and IP identifications begin, flow labels. Times agree within what the second column says.

\`\`\`sh
npx tcpetri run linux/lo-hello-close/classic -nn -vvv
\`\`\`

"Agree" counts the packets of the kernel's capture that ours has, too, at that time and to the letter.
What does not agree is listed below with its reason.`;

/** The document. */
export async function groundTruthDocument(): Promise<string> {
  const rows: string[] = [];
  const reasons: string[] = [];
  let [packets, agree] = [0, 0];
  for (const name of EXPERIMENTS) {
    const experiment = await experimentNamed(name);
    rows.push(`| **${name}** | | | ${experiment.summary} |`);
    for (const [variant, about] of Object.entries(experiment.variants)) {
      for (const compared of await compareVariant(name, experiment, variant)) {
        const same = compared.packets - missing(compared);
        packets += compared.packets;
        agree += same;
        const tolerance = about.tolerance ?? experiment.tolerance;
        const file = compared.file.replace(/\.pcap$/, '');
        rows.push(`| ${file} | ${tolerance} ms | ${same} of ${compared.packets} | |`);
        if (compared.known.length === 0) continue;
        reasons.push(`- \`${file}\``);
        reasons.push(...compared.known.map((each) => `  - ${where(each)}: ${each.reason}`));
      }
    }
  }
  return [
    HEAD,
    '',
    `${agree} of ${packets} packets agree.`,
    '',
    '| scenario below `linux/` | times within | agree | what is tried |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '## What does not agree',
    '',
    ...(reasons.length === 0
      ? ['Nothing.']
      : ["By the number of the packet in the kernel's capture.", '', ...reasons]),
    '',
  ].join('\n');
}

/** How many of the kernel's packets are not in ours, or not so. */
function missing({ found }: ComparedCapture): number {
  return new Set(found.filter(({ text }) => !text.startsWith('+')).map(({ packet }) => packet))
    .size;
}

function where({ packets }: KnownDifference): string {
  return 'from' in packets ? `${packets.from}–${packets.to}` : packets.join(', ');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../docs/linux.md', import.meta.url), await groundTruthDocument());
}
