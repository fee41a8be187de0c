/** Snippets see the snapshot of their moment, and fail with what they saw. */
import { describe, expect, test } from 'vitest';
import { CodeProgram } from '../../src/drill/code/index.ts';
import { failure } from './help.ts';

describe('names', () => {
  test('are the fields of each moment', () => {
    expect(
      failure([
        ['cwnd = tcpi_snd_cwnd', { tcpi_snd_cwnd: 10 }],
        ['cwnd += 1; assert tcpi_snd_cwnd == cwnd, tcpi_snd_cwnd', { tcpi_snd_cwnd: 11 }],
      ]),
    ).toBeUndefined();
  });

  test('that are assigned count until the next snapshot has them', () => {
    expect(
      failure([
        ['tcpi_rtt = 5; assert tcpi_rtt == 5', { tcpi_rtt: 100 }],
        ['assert tcpi_rtt == 7', { tcpi_rtt: 7 }],
      ]),
    ).toBeUndefined();
  });

  test('of states, flags and memory are known', () => {
    const info = {
      tcpi_state: 1,
      tcpi_ca_state: 3,
      tcpi_options: 7,
      tcpi_snd_ssthresh: 2 ** 31 - 1,
    };
    const text = `
assert tcpi_state == TCP_ESTABLISHED == TCPI_ESTABLISHED
assert tcpi_ca_state == TCP_CA_Recovery, tcpi_ca_state
assert (tcpi_options & TCPI_OPT_SACK) != 0, tcpi_options
assert tcpi_snd_ssthresh == TCP_INFINITE_SSTHRESH
assert SK_MEMINFO_RCVBUF == 65536`;
    expect(failure([[text, info]], { SK_MEMINFO_RCVBUF: 65536 })).toBeUndefined();
  });

  test('of congestion control are made up as the original makes them', () => {
    const program = new CodeProgram();
    program.snapshot(
      {
        kind: 'code',
        place: { line: 1, column: 1 },
        text: 'assert bbr_bw == (1 << 32) + 5; assert tcp_minrtt == tcpv_minrtt == 3',
      },
      {
        tcpInfo: undefined,
        congestionControlInfo: { bbr_bw_lo: 5, bbr_bw_hi: 1, tcpv_minrtt: 3 },
        memoryInfo: undefined,
      },
    );
    expect(program.finish()).toEqual([]);
  });

  test('that no stack reports are an error, and so is one that this stack does not report', () => {
    expect(failure([['assert tcpi_snd_cwnd == 1', {}]])).toBe(
      'line 10, column 15: tcpi_snd_cwnd is not reported by the stack under test',
    );
    expect(failure([['assert SK_MEMINFO_DROPS == 1']])).toMatch(/DROPS is not reported/);
    expect(failure([['assert snd_cwnd == 1']])).toMatch(/: snd_cwnd is not defined$/);
  });

  test('do not outlive the moment that they were reported at', () => {
    expect(
      failure([
        ['print(tcpi_rtt)', { tcpi_rtt: 1 }],
        ['assert tcpi_rtt == 1', {}],
      ]),
    ).toBe('line 20, column 15: tcpi_rtt is not reported by the stack under test');
  });
});

// prettier-ignore
const FAILED: readonly (readonly [text: string, info: Readonly<Record<string, number>>, error: string])[] = [
  ['assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd', { tcpi_snd_cwnd: 12 },
    'line 10, column 8: assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd failed: tcpi_snd_cwnd = 12'],
  ["assert 9 <= tcpi_rtt <= 11, 'srtt=%d us' % tcpi_rtt", { tcpi_rtt: 12 },
    "line 10, column 8: assert 9 <= tcpi_rtt <= 11, 'srtt=%d us' % tcpi_rtt failed: tcpi_rtt = 12: srtt=12 us"],
  ['assert tcpi_ca_state == TCP_CA_Open, tcpi_state', { tcpi_ca_state: 3, tcpi_state: 1 },
    'line 10, column 8: assert tcpi_ca_state == TCP_CA_Open, tcpi_state failed: tcpi_ca_state = 3 (TCP_CA_Recovery), TCP_CA_Open = 0: 1'],
  ['print(1)\nassert (tcpi_options & \\\n   TCPI_OPT_ECN) != 0', { tcpi_options: 3 },
    'line 11, column 1: assert (tcpi_options & TCPI_OPT_ECN) != 0 failed: tcpi_options = 3 (TCPI_OPT_TIMESTAMPS|TCPI_OPT_SACK), TCPI_OPT_ECN = 8'],
  ['assert tcpi_state == 7', { tcpi_state: 8 },
    'line 10, column 8: assert tcpi_state == 7 failed: tcpi_state = 8 (TCP_CLOSE_WAIT)'],
  ['assert 0, "two\\nlines"', {}, 'line 10, column 8: assert 0, "two\\nlines" failed: two lines'],
];

describe('a failure tells the assertion, what its names were, and what it says', () => {
  test.each(FAILED)('%s', (text, info, error) => {
    expect(failure([[text, info]])).toBe(error);
  });

  test('and ends the program', () => {
    expect(failure([['assert 1'], ['assert 0'], ['assert 1 // 0']])).toBe(
      'line 20, column 8: assert 0 failed',
    );
  });
});
