/** The options of the original's command line that mean something here, by its names. */

export interface OriginalOption {
  readonly name: string;
  /** What its argument is called; a flag has none. */
  readonly argument?: string;
  /** Empty for options that are taken and do nothing, or are refused by the runner in its words. */
  readonly help: string;
}

export const ORIGINAL_OPTIONS: readonly OriginalOption[] = [
  {
    name: 'tolerance_usecs',
    argument: 'n',
    help: 'how far from its time an event may be (default: 4000)',
  },
  {
    name: 'tolerance_percent',
    argument: 'n',
    help: 'the same as a part of the step to it (default: 12.5)',
  },
  { name: 'mtu', argument: 'octets', help: "the device's MTU (default: 1500)" },
  { name: 'mss', argument: 'octets', help: 'what injected packets with more were merged from' },
  { name: 'local_ip', argument: 'address', help: 'the host under test (default: 192.168.0.1)' },
  { name: 'remote_ip', argument: 'address', help: 'the other end (default: 192.0.2.1)' },
  { name: 'gateway_ip', argument: 'address', help: 'the way to it' },
  { name: 'netmask_ip', argument: 'mask', help: "the local network's mask (default: 255.255.0.0)" },
  { name: 'bind_port', argument: 'port', help: "what bind's ... means (default: 8080)" },
  { name: 'connect_port', argument: 'port', help: "what connect's ... means (default: 8080)" },
  {
    name: 'tcp_ts_tick_usecs',
    argument: 'n',
    help: 'check TSval, whose clock ticks so often (default: unchecked)',
  },
  { name: 'tcp_ts_ecr_scaled', help: 'an inbound ecr need not repeat a val' },
  { name: 'tcp_md5_secret', argument: 'text', help: 'what md5 valid is made and judged by' },
  { name: 'strict_segments', help: 'an expected packet is one packet, however long' },
  { name: 'non_fatal', argument: 'kinds', help: 'packet, syscall or both only warn' },
  { name: 'dry_run', help: 'check the scripts without running them' },
  { name: 'ip_version', argument: 'version', help: '' },
  { name: 'send_omit_free', help: '' },
  { name: 'debug', help: '' },
  { name: 'speed', argument: 'mbps', help: '' },
  { name: 'code_command', argument: 'command', help: '' },
  { name: 'code_format', argument: 'format', help: '' },
  { name: 'code_sockopt', argument: 'name', help: '' },
  { name: 'init_scripts', argument: 'files', help: '' },
  { name: 'wire_client', help: '' },
  { name: 'wire_server', help: '' },
  { name: 'wire_server_ip', argument: 'address', help: '' },
  { name: 'wire_server_at', argument: 'address', help: '' },
  { name: 'wire_server_port', argument: 'port', help: '' },
  { name: 'wire_client_dev', argument: 'device', help: '' },
  { name: 'wire_server_dev', argument: 'device', help: '' },
  { name: 'so_filename', argument: 'file', help: '' },
  { name: 'so_flags', argument: 'flags', help: '' },
  { name: 'is_anyip', help: '' },
  { name: 'psp_udp_port', argument: 'port', help: '' },
];
