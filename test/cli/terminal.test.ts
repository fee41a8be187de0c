/** `tcpetri run` on a terminal, which `script` pretends to be: colour, width, progress. */
import { describe, expect, test } from 'vitest';
import { hasTool } from '../help/real-tools.ts';
import { clientScenario, Desk } from './built.ts';

const desk = new Desk();

/** What a terminal of so many columns is sent while the line runs, with `␛` for escape. */
async function onTerminal(columns: number, line: string): Promise<string> {
  const { stdout } = await desk.shell(
    `export -f tcpetri; export SHELL="$BASH"; script -qec 'stty cols ${columns}; ${line}' /dev/null < /dev/null`,
  );
  return stdout.toString().replaceAll('\r\n', '\n').replaceAll('\u001B', '␛');
}

const DIM = '␛[2m';

describe.skipIf(!hasTool('script'))('on a terminal', { concurrent: true }, () => {
  test('packets are plain, what stands below them is dim', async () => {
    const text = await onTerminal(300, 'tcpetri run handshake --why');
    const lines = text.trimEnd().split('\n');
    for (const line of lines) {
      expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{6} \S|^␛\[2m {8}[·↑] .*␛\[22m$/);
    }
  });

  test('NO_COLOR, and a dumb terminal, have none', async () => {
    for (const setting of ['NO_COLOR=1', 'TERM=dumb']) {
      const text = await onTerminal(300, `export ${setting}; tcpetri run handshake`);
      expect(text).toContain('ESTABLISHED');
      expect(text).not.toContain('␛');
    }
  });

  test('on a narrow one, causes go below what they belong to; packets stay as they are', async () => {
    const text = await onTerminal(80, 'tcpetri run handshake');
    expect(text).toContain(
      `${DIM}        · client 10.0.0.1.59170  SYN-SENT → ESTABLISHED\n` +
        '          SYN,ACK received (RFC 9293 §3.10.7.3)',
    );
    for (const line of text.split('\n')) {
      if (/^\d/.test(line)) continue;
      expect(line.replaceAll(/␛\[\d+m/g, '').length).toBeLessThanOrEqual(80);
    }
  });

  test('-w - does not fill it with octets', async () => {
    expect(await onTerminal(80, 'tcpetri run handshake -w -')).toBe(
      'tcpetri: -w -: standard output is a terminal; send it to a file or a program\n',
    );
  });

  test('a run that is silent for long says how far it is, and wipes that out again', async () => {
    const body = 'for (let i = 0; i < 9; i++) await new Promise((done) => setTimeout(done, 400));';
    const file = desk.write(
      'slow.ts',
      // It waits outside the simulation, so another task has to keep that going.
      clientScenario(
        `let done = false; const wait = async () => { ${body} done = true; };`.concat(
          ' void wait(); while (!done) await process.sleep(1);',
        ),
        ', limits: { events: 1e9 }',
      ),
    );
    const text = await onTerminal(80, `tcpetri run ${file}`);
    expect(text).toContain('␛[2Krunning: 0 packets captured, 12:00:00 in the simulation');
    expect(text.trimEnd()).toMatch(/\r␛\[2K$/);
  });
});
