/**
 * The judge of random scripts: a packetdrill executable and the machine that it runs on. Each
 * script has a network of its own (unshare -n): nothing of the machine's is seen or touched.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Mode } from '../../src/drill/run/configuration.ts';

/** What is wrong with a script, in the judge's words; nothing when it passes. */
export type Verdict = string | undefined;

/** Has a script judged; times may differ by `tolerance`, in microseconds. */
export type Judge = (script: string, tolerance: number) => Promise<Verdict>;

/** The tool or a right is missing, in a sentence. */
export class JudgeError extends Error {}

/** Whatever a machine says otherwise: random scripts are filled in for these. */
const SETTINGS = [
  'net.ipv4.tcp_congestion_control=cubic',
  "net.ipv4.tcp_rmem='4096 131072 6291456'",
  'net.ipv4.tcp_limit_output_bytes=1048576',
  'net.ipv4.tcp_no_metrics_save=1',
  'net.ipv6.conf.all.accept_dad=0',
  'net.ipv6.conf.default.accept_dad=0',
];

/** As the runners of the public suites have it; see configuration.ts. */
const PLACES: Readonly<Record<Mode, readonly string[]>> = {
  ipv4: ipv4Place('ipv4'),
  'ipv4-mapped-ipv6': ipv4Place('ipv4-mapped-ipv6'),
  ipv6: [
    '--ip_version=ipv6',
    '--mtu=1520',
    '--local_ip=fd3d:a0b:17d6::1',
    '--gateway_ip=fd3d:a0b:17d6:8888::1',
    '--remote_ip=fd3d:fa7b:d17d::1',
  ],
};

function ipv4Place(version: string): readonly string[] {
  return [
    `--ip_version=${version}`,
    '--local_ip=192.168.0.1',
    '--gateway_ip=192.168.0.1',
    '--netmask_ip=255.255.0.0',
    '--remote_ip=192.0.2.1',
  ];
}

/** No random script takes longer; what does is ended. */
const LONGEST_MS = 60_000;
/** How often a script is begun anew when the machine was late with an event of it. */
const LATE_RUNS = 4;
/** A machine that was late with what the script does says nothing of the stack. */
export const LATE: RegExp =
  /expected (?:data collection|inbound packet|system call|command|syscall)/;

/** A script that needs all that random ones need. */
const TRIAL = `\`ethtool -K tun0 tso off\`
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 %{ assert True }%
`;

/** A judge by an executable that takes packetdrill's command line. */
export class PacketdrillJudge {
  readonly #executable: string;
  readonly #mode: Mode;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'tcpetri-kernel-'));
  #count = 0;

  /** @param executable its path, or its name where the shell finds it */
  constructor(executable: string, mode: Mode) {
    this.#executable = executable;
    this.#mode = mode;
  }

  /** @throws JudgeError when no script could be judged here, and why */
  async prove(): Promise<void> {
    const said = await this.#run(TRIAL, 100_000);
    if (said === undefined) return;
    const [reason = said] = said.split('\n').filter((line) => line.trim() !== '');
    throw new JudgeError(`${this.#executable} can judge nothing here: ${reason.trim()}`);
  }

  readonly judge: Judge = async (script, tolerance) => {
    let said: Verdict;
    for (let run = 0; run < LATE_RUNS; run++) {
      said = await this.#run(script, tolerance);
      if (said === undefined || !LATE.test(said)) break;
    }
    return said;
  };

  /** Removes what was written for the tool. */
  end(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(script: string, tolerance: number): Promise<Verdict> {
    const name = `${this.#count++}.pkt`;
    const file = path.join(this.#folder, name);
    writeFileSync(file, script);
    const drill = [
      '"$1"',
      '--code_command="$(command -v python3)"',
      '--strict_segments',
      `--tolerance_usecs=${tolerance}`,
      ...PLACES[this.#mode],
      '"$2"',
    ].join(' ');
    const command = `ip link set lo up && sysctl -qw ${SETTINGS.join(' ')} && exec ${drill}`;
    const said = await outputOf('unshare', [
      '-n',
      'sh',
      '-c',
      command,
      'sh',
      this.#executable,
      file,
    ]);
    rmSync(file, { force: true });
    return said?.replaceAll(`${this.#folder}/`, '');
  }
}

/** What a program prints when it fails; nothing when it does not. */
function outputOf(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: LONGEST_MS });
    let output = '';
    const take = (text: Buffer): void => void (output += text.toString());
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => resolve(`${program}: ${error.message}`));
    child.on('close', (status, signal) => {
      if (status === 0) resolve(undefined);
      else resolve(output.trim() === '' ? `ended with ${signal ?? `status ${status}`}` : output);
    });
  });
}
