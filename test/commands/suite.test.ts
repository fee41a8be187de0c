/**
 * The commands of packetdrill's public scripts, form by form, in the shell and against a host: what
 * each leaves behind.
 */
import { describe, expect, test } from 'vitest';
import { type CommandRun, runCommand } from '../../src/drill/shell/index.ts';
import { Administrator, Host, linux6, type World } from '../../src/stack/index.ts';
import { fromUtf8, parseIpv4, utf8 } from '../../src/wire/index.ts';

const WORLD: World = { random: () => 4, wakeAt: () => undefined, trace: undefined };

/** A host as the runner sets it up, with a shell on it. */
class Machine {
  readonly host = new Host({ name: 'under test', profile: linux6 }, WORLD);
  readonly administrator = new Administrator(this.host);
  readonly files = new Map<string, Uint8Array>();

  constructor() {
    this.host.addInterface('tun0', { mac: 2, address: '192.168.0.1/16' });
    expect(this.run('ip route add 192.0.2.1 via 192.168.0.2 dev tun0').status).toBe(0);
  }

  run(text: string): CommandRun {
    return runCommand(text, {
      now: 0,
      variables: new Map([['PACKETDRILL_PID', '12']]),
      stack: {
        command: (words, input, now) => this.administrator.run(words, input, now),
        readFile: (path, now) => {
          const text = this.administrator.readFile(path, now);
          return text === undefined ? this.files.get(path) : utf8(text);
        },
        writeFile: (path, bytes) => {
          if (this.administrator.writeFile(path, fromUtf8(bytes))) return true;
          if (/^\/(?:proc|sys)\//.test(path)) return false;
          this.files.set(path, bytes);
          return true;
        },
      },
    });
  }

  sysctl(name: string): string | undefined {
    return this.host.sysctl.read(`net.ipv4.${name}`);
  }
}

const FINE = { status: 0, output: '' };

describe('forms of the suite', () => {
  // prettier-ignore
  test.each([
    ['../../common/defaults.sh', 'tcp_rmem', '4096\t540000\t15728640'],
    ['../common/defaults.sh\n', 'tcp_fastopen', '459779'],
    ['../../../common/defaults.sh\n ../../common/set_sysctls.py /proc/sys/net/ipv4/tcp_timestamps=0', 'tcp_timestamps', '0'],
    ['../../common/set_sysctls.py /proc/sys/net/ipv4/tcp_timestamps=0 \\\n    /proc/sys/net/ipv4/tcp_fastopen=0x30403', 'tcp_fastopen', '197635'],
    ['../common/set_sysctls.py /proc/sys/net/ipv4/tcp_wmem="4096 50000 4194304" \\\n /proc/sys/net/ipv4/tcp_min_tso_segs=10', 'tcp_wmem', '4096\t50000\t4194304'],
    ['../../common/set_sysctls.py /proc/sys/net/ipv4/tcp_timestamps=0\\\n /proc/sys/net/ipv4/tcp_fastopen=5', 'tcp_fastopen', '5'],
    ['/tmp/sysctl_restore_${PPID}.sh', 'tcp_timestamps', '1'],
    ['sysctl -q net.ipv4.tcp_ecn=2    # a server agrees to ECN\n', 'tcp_ecn', '2'],
    ['sysctl -q net/ipv4/tcp_pacing_ss_ratio=300', 'tcp_pacing_ss_ratio', '300'],
    ['sysctl -e -q net.ipv4.tcp_min_tso_segs=4 net.ipv4.tcp_nothing=1', 'tcp_min_tso_segs', '4'],
    ['sysctl -q \\\n net.ipv4.tcp_fastopen=0x402 \\\n net.ipv4.tcp_fastopen_key=a0bf63f7-ed803d81-cd641d30-cebc4a90', 'tcp_fastopen_key', 'a0bf63f7-ed803d81-cd641d30-cebc4a90'],
    ['sysctl -q net.ipv4.tcp_timestamps=0\n sysctl -q net.ipv4.tcp_fastopen_cookies=0 &> /dev/null ||\\\n ip tcp_metrics flush all &> /dev/null', 'tcp_timestamps', '0'],
    ['sysctl -q net.ipv4.tcp_rmem="4096 540000 $((15*1024*1024))"', 'tcp_rmem', '4096\t540000\t15728640'],
  ])('%s', (text, name, value) => {
    const machine = new Machine();
    expect(machine.run(text)).toEqual(FINE);
    expect(machine.sysctl(name)).toBe(value);
  });

  test.each([
    'ip tcp_metrics flush all > /dev/null 2>&1',
    'tc qdisc replace dev tun0 root fq',
    'tc qdisc delete dev tun0 root 2>/dev/null ; tc qdisc add dev tun0 root pfifo limit 0',
    'ethtool -K tun0 gso off tso off',
    'echo 3 > /sys/module/tcp_cubic/parameters/hystart_detect',
    'nstat > /dev/null',
    '/bin/dd bs=1 count=5 if=/dev/zero of=/tmp/testfile status=none',
    '/bin/rm -f /tmp/testfile',
    'ip route change 192.0.2.1 via 192.168.0.2 dev tun0 advmss 600 mtu lock 640 initcwnd 11',
  ])('%s', (text) => {
    expect(new Machine().run(text)).toEqual(FINE);
  });

  test('dd makes a file, and a module parameter is read back', () => {
    const machine = new Machine();
    machine.run('dd bs=1 count=5 if=/dev/zero of=/tmp/testfile status=none');
    expect(machine.files.get('/tmp/testfile')).toEqual(new Uint8Array(5));
    machine.run('echo 2 > /sys/module/tcp_cubic/parameters/hystart_detect');
    expect(machine.run('cat /sys/module/tcp_cubic/parameters/hystart_detect').output).toBe('2\n');
  });

  test('a listening socket is seen in /proc/net/tcp and by sockstat', () => {
    const machine = new Machine();
    const grep = 'grep " 0A " /proc/net/tcp /proc/net/tcp6 | grep ":1F90"';
    expect(machine.run(grep).status).toBe(1);
    const socket = machine.host.tcpSocket();
    socket.bind(parseIpv4('192.168.0.1'), 8080);
    socket.listen(5, 0);
    const line = '   0: 0100A8C0:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000';
    expect(machine.run(grep).output.startsWith(`/proc/net/tcp:${line}`)).toBe(true);
    const count = (state: string): CommandRun =>
      machine.run(`sockstat -4 -P tcp -s -p 8080 | grep -c ${state} | grep 1`);
    expect(count('LISTEN')).toEqual({ status: 0, output: '1\n' });
    expect(count('SYN_RCVD')).toEqual({ status: 1, output: '' });
    expect(machine.run('tcpdrop -a')).toEqual(FINE);
  });
});

describe('sysctl speaks as procps and FreeBSD do', () => {
  // prettier-ignore
  test.each([
    ['sysctl net.ipv4.tcp_sack', 0, 'net.ipv4.tcp_sack = 1\n'],
    ['sysctl -n net.ipv4.tcp_rmem', 0, '4096\t131072\t6291456\n'],
    ['sysctl net.ipv4.tcp_sack=0 -w', 0, 'net.ipv4.tcp_sack = 0\n'],
    ['sysctl -q net.ipv4.foo=1', 1, 'sysctl: cannot stat /proc/sys/net/ipv4/foo: No such file or directory\n'],
    ['sysctl -q net.ipv4.tcp_sack=7', 1, 'sysctl: setting key "net.ipv4.tcp_sack": Invalid argument\n'],
    ['sysctl -eq net.ipv4.foo=1', 0, ''],
    ['sysctl', 1, 'sysctl: no variables specified\n'],
    ['sysctl -p', 1, "sysctl: invalid option -- 'p'\n"],
    ['sysctl net.ipv4.neigh.tun0 | tail -n 2', 0, 'net.ipv4.neigh.tun0.unres_qlen = 101\nnet.ipv4.neigh.tun0.unres_qlen_bytes = 212992\n'],
    ['sysctl -n net.ipv4.neigh.tun0.base_reachable_time', 0, '30\n'],
    ['sysctl -a -r neigh.tun0.base_', 0, 'net.ipv4.neigh.tun0.base_reachable_time_ms = 30000\nnet.ipv6.neigh.tun0.base_reachable_time_ms = 30000\n'],
    ['sysctl net.ipv4.conf.eth9.tag', 1, 'sysctl: cannot stat /proc/sys/net/ipv4/conf/eth9/tag: No such file or directory\n'],
    ['sysctl net.ipv4.conf.eth0.10.tag', 1, 'sysctl: cannot stat /proc/sys/net/ipv4/conf/eth0/10/tag: No such file or directory\n'],
    ['sysctl net.ipv4.conf.eth0/10.tag', 1, 'sysctl: cannot stat /proc/sys/net/ipv4/conf/eth0.10/tag: No such file or directory\n'],
    ['sysctl net/ipv4/conf/tun0/tag=7', 0, 'net.ipv4.conf.tun0.tag = 7\n'],
    ['sysctl net.ipv6.conf.tun0.hop_limit=0', 1, 'sysctl: setting key "net.ipv6.conf.tun0.hop_limit": Invalid argument\n'],
    ['sysctl net.inet.tcp.rfc1323', 0, 'net.inet.tcp.rfc1323: 1\n'],
    ['sysctl net.inet.tcp.rfc1323=0', 0, 'net.inet.tcp.rfc1323: 1 -> 0\n'],
    ['sysctl -n net.inet.tcp.foo', 1, "sysctl: unknown oid 'net.inet.tcp.foo'\n"],
    ['echo x > /proc/sys/net/ipv4/tcp_sack', 1, '/proc/sys/net/ipv4/tcp_sack: cannot be written\n'],
    ['cat /proc/sys/net/ipv4/tcp_sack', 0, '1\n'],
    ['sysctl -a | head -n 1', 0, 'net.core.default_qdisc = pfifo_fast\n'],
  ])('%s', (text, status, output) => {
    expect(new Machine().run(text)).toEqual({ status, output });
  });
});

test.each([
  ['sysctl -w net.ipv4.conf.tun0.mc_forwarding=1', 'net.ipv4.conf.tun0.mc_forwarding'],
  [
    'sysctl -w net.ipv4.tcp_available_congestion_control=x',
    'net.ipv4.tcp_available_congestion_control',
  ],
  ['sysctl -w net.ipv4.conf=1', 'net.ipv4.conf'],
])('%s: what nobody can write is told of, and no failure', (text, name) => {
  const { administrator } = new Machine();
  const note = `sysctl: setting key "${name}": Invalid argument\n`;
  expect(administrator.run(text.split(' '), '', 0)).toEqual({ status: 0, output: '', note });
});

describe('routes', () => {
  const show = 'ip route show';
  const network = '192.168.0.0/16 dev tun0 proto kernel scope link src 192.168.0.1\n';

  // prettier-ignore
  test.each([
    ['ip route change 192.0.2.1 via 192.168.0.2 dev tun0 advmss 600 mtu lock 640 initcwnd 11',
      '192.0.2.1 via 192.168.0.2 dev tun0 mtu lock 640 advmss 600 initcwnd 11\n'],
    ['ip route change 192.0.2.1 via 192.168.0.2 dev tun0 fastopen_no_cookie 1 rto_min 5ms',
      '192.0.2.1 via 192.168.0.2 dev tun0 rto_min lock 5ms fastopen_no_cookie 1\n'],
    ['ip route change 192.0.2.1 dev tun0 mtu 1400 advmss 1300 hoplimit 9 window 40000 features ecn quickack 1 rto_min 1500 congctl lock reno',
      '192.0.2.1 dev tun0 scope link mtu 1400 window 40000 advmss 1300 hoplimit 9 features ecn rto_min lock 1.5s quickack 1 congctl lock reno\n'],
    ['ip route change 192.0.2.1 dev tun0 hoplimit 0 quickack 0 initcwnd 0 window lock 3000 rto_min 0.5ms',
      '192.0.2.1 dev tun0 scope link window lock 3000 rto_min lock 1ms\n'],
    ['ip route change 192.0.2.1 dev tun0 rttvar lock 1s reordering lock 4 ssthresh 9 rtt 1500ms cwnd 0',
      '192.0.2.1 dev tun0 scope link rtt 1.5s rttvar lock 1s ssthresh 9 reordering lock 4\n'],
    ['ip route change 192.0.2.1 dev tun0 rtt 100 rttvar 3.3 cwnd lock 0',
      '192.0.2.1 dev tun0 scope link rtt 12ms rttvar 1ms cwnd lock 0\n'],
    ['ip route del 192.0.2.1', ''],
    ['ip ro replace 192.0.2.1/32 via 192.168.0.9', '192.0.2.1 via 192.168.0.9 dev tun0\n'],
  ])('%s', (text, line) => {
    const machine = new Machine();
    expect(machine.run(text)).toEqual(FINE);
    expect(machine.run(show).output).toBe(line + network);
  });

  // prettier-ignore
  test.each([
    ['ip route add 192.0.2.1 dev tun0', 2, 'RTNETLINK answers: File exists\n'],
    ['ip route change 192.0.2.7 dev tun0', 2, 'RTNETLINK answers: No such file or directory\n'],
    ['ip route del 192.0.2.7', 2, 'RTNETLINK answers: No such process\n'],
    ['ip route add 1.2.3.4 dev tun9', 1, 'Cannot find device "tun9"\n'],
    ['ip route add 1.2.3 dev tun0', 1, 'Error: inet prefix is expected rather than "1.2.3".\n'],
    ['ip route add 1.2.3.4 via x', 1, 'Error: inet address is expected rather than "x".\n'],
    ['ip route add 1.2.3.4 dev tun0 mtu 1', 255, 'Error: argument "1" is wrong: "mtu" value is invalid\n\n'],
    ['ip route add 1.2.3.4 dev tun0 fastopen_no_cookie 2', 255, 'Error: argument "2" is wrong: "fastopen_no_cookie" value should be 0 or 1\n\n'],
    ['ip route add 1.2.3.4 dev tun0 quickack lock 1', 255, 'Error: argument "lock" is wrong: "quickack" value is invalid\n\n'],
    ['ip route add 1.2.3.4 dev tun0 hoplimit 256', 255, 'Error: argument "256" is wrong: "hoplimit" value is invalid\n\n'],
    ['ip route add 1.2.3.4 dev tun0 rto_min 5min', 255, 'Error: argument "5min" is wrong: "rto_min" value is invalid\n\n'],
    ['ip route add 1.2.3.4 dev tun0 features 1', 255, 'Error: argument "1" is wrong: "features" value not valid\n\n'],
    ['ip route add 1.2.3.4 dev tun0 congctl vegas', 2, 'Error: Unknown tcp congestion algorithm.\n'],
    ['ip route add 1.2.3.4 dev tun0 rtt 10us', 255, 'Error: argument "10us" is wrong: "rtt" value is invalid\n\n'],
    ['ip route add 1.2.3.4 dev tun0 reordering x', 255, 'Error: argument "x" is wrong: "reordering" value is invalid\n\n'],
    ['ip route add 1.2.3.4 dev', 255, 'Command line is not complete. Try option "help"\n'],
    ['ip -6 route change 2001:DB8::1 via fd3d::1 dev tun0', 2, 'RTNETLINK answers: No such file or directory\n'],
    ['ip -6 route add 10.0.0.0/8 dev tun0', 1, 'Error: inet prefix is expected rather than "10.0.0.0/8".\n'],
    ['ip route add 2001:db8::/32 via 10.0.0.1', 1, 'Error: inet6 address is expected rather than "10.0.0.1".\n'],
    ['ip rule show', 1, 'Object "rule" is unknown here, only "address", "link", "route", "neigh", "tcp_metrics" are.\n'],
  ])('%s', (text, status, output) => {
    expect(new Machine().run(text)).toEqual({ status, output });
  });
});

describe('queues', () => {
  // prettier-ignore
  test.each([
    ['tc qdisc add dev tun0 root pfifo; tc qdisc add dev tun0 root fq', 2, 'Error: Exclusivity flag on, cannot modify.\n'],
    ['tc qdisc delete dev tun0 root', 2, 'Error: Cannot delete qdisc with handle of zero.\n'],
    ['tc qdisc replace dev tun9 root fq', 1, 'Cannot find device "tun9"\n'],
    ['tc qdisc replace dev tun0 root fifo9', 2, 'Error: Specified qdisc kind is unknown.\n'],
    ['tc qdisc replace dev tun0 root handle 1: pfifo limit 7; tc qdisc show | tail -n 1', 0, 'qdisc pfifo 1: dev tun0 root refcnt 2 limit 7p\n'],
    ['tc qdisc add dev tun0 root netem delay 100ms 10ms 25% loss 0.3% duplicate 1% rate 1mbit; tc qdisc show | tail -n 1', 0, 'qdisc netem 8001: dev tun0 root refcnt 2 limit 1000 delay 100ms  10ms 25% loss 0.3% duplicate 1% rate 1Mbit\n'],
    ['tc qdisc add dev tun0 root netem loss gemodel 1% 10% ; tc qdisc show | tail -n 1', 0, 'qdisc netem 8001: dev tun0 root refcnt 2 limit 1000 loss gemodel p 1% r 10% 1-h 100% 1-k 0%\n'],
    ['tc qdisc add dev tun0 root netem delay soon', 1, 'netem: word 2: "delay" wants a time such as 10ms, not "soon"\n'],
    ['tc qdisc add dev tun0 root bfifo limit 10kb; tc qdisc show | tail -n 1', 0, 'qdisc bfifo 8001: dev tun0 root refcnt 2 limit 10Kb\n'],
    ['tc qdisc add dev tun0 root red limit 60kb avpkt 1000 ecn; tc qdisc replace dev tun0 root codel flows 3', 1, 'codel: word 1: "flows" is no option of codel\n'],
    ['tc filter show', 1, 'Object "filter" is unknown here, only "qdisc" is.\n'],
    ['ethtool -K tun0 tso on; ethtool -k tun0 | grep segmentation', 0, 'tcp-segmentation-offload: off\n\ttx-tcp-segmentation: off [requested on]\ngeneric-segmentation-offload: on [fixed]\n'],
    ['ethtool -K tun0 tx on tso on; ethtool -k tun0 | head -n 4', 0, 'Features for tun0:\ntx-checksumming: on\ntcp-segmentation-offload: on\n\ttx-tcp-segmentation: on\n'],
    ['ethtool -k tun9', 1, 'Cannot get device feature names: No such device\n'],
    ['ethtool -S tun0', 1, 'ethtool: only -K and -k are known here, not "-S"\n'],
    ['ethtool -K tun0 gso', 1, 'ethtool: "gso" is on or off\n'],
    ['ethtool -K tun9 gso off', 1, 'Cannot get device feature names: No such device\n'],
  ])('%s', (text, status, output) => {
    expect(new Machine().run(text)).toEqual({ status, output });
  });
});
