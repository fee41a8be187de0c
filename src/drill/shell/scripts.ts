/**
 * The scripts of packetdrill's suites that stand beside the test scripts, known by the last part of
 * their path and built in: they mean the same here.
 */
import {
  failedWith,
  readText,
  succeeded,
  type ToolFiles,
  type ToolResult,
  writeText,
} from '../../shell/index.ts';
import type { ShellEnvironment } from './environment.ts';

/** A script, as a function of the words behind its name. */
export type Script = (
  operands: readonly string[],
  environment: ShellEnvironment,
  files: ToolFiles,
) => ToolResult;

/** What `defaults.sh` sets, so that results depend on no system's own settings. */
// prettier-ignore
const DEFAULTS: readonly string[] = [
  'tcp_rmem=4096 540000 15728640',
  'tcp_wmem=4096 262144 4194304',
  'tcp_timestamps=1',
  'tcp_syn_retries=5',
  'tcp_synack_retries=5',
  'tcp_frto=2',
  'tcp_sack=1',
  'tcp_dsack=1',
  'tcp_fack=0',
  'tcp_reordering=3',
  'tcp_congestion_control=cubic',
  'tcp_slow_start_after_idle=0',
  'tcp_early_retrans=4',
  'tcp_recovery=1',
  'tcp_tso_win_divisor=3',
  'tcp_ecn=0',
  'tcp_ecn_option=2',
  'tcp_pacing_ss_ratio=200',
  'tcp_pacing_ca_ratio=120',
  'tcp_notsent_lowat=4294967295',
  'tcp_fastopen=0x70403',
  'tcp_fastopen_key=a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4',
  'tcp_syncookies=1',
];

/** The built-in script that a path names, if it names one. */
export function scriptNamed(path: string): Script | undefined {
  const name = path.split('/').at(-1) ?? '';
  if (name === 'defaults.sh') return applyDefaults;
  if (name === 'set_sysctls.py') return setSysctls;
  // What set_sysctls.py leaves to undo it: every script has a stack of its own.
  return /^sysctl_restore_\w*\.sh$/.test(name) ? (): ToolResult => succeeded() : undefined;
}

function applyDefaults(_operands: readonly string[], { stack, now }: ShellEnvironment): ToolResult {
  const commands = [
    ['ip', 'tcp_metrics', 'flush', 'all'],
    ...DEFAULTS.map((setting) => ['sysctl', '-q', `net.ipv4.${setting}`]),
    ['tc', 'qdisc', 'replace', 'dev', 'tun0', 'root', 'pfifo'],
  ];
  for (const words of commands) {
    const result = stack.command(words, '', now);
    if (result === undefined) return failedWith(127, `defaults.sh: no command ${words[0]}`);
    if (result.status !== 0) return { status: result.status, output: '', errors: result.output };
  }
  return succeeded();
}

/** `set_sysctls.py FILE=VALUE…`. A file that is not there ends it; a value refused does not. */
function setSysctls(
  operands: readonly string[],
  _environment: ShellEnvironment,
  files: ToolFiles,
): ToolResult {
  let errors = '';
  for (const operand of operands) {
    const [path = '', value = ''] = operand.split('=');
    if (readText(path, files) === undefined) {
      return failedWith(1, `${errors}set_sysctls.py: ${path}: No such file or directory`);
    }
    if (!writeText(path, `${value}\n`, files)) errors += `${path}: Invalid argument\n`;
  }
  return { status: 0, output: '', errors };
}
