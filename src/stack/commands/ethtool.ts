/**
 * `ethtool -K` and `-k`: what the device does for the stack (ethtool(8)). Checksums and long frames
 * of TCP are left to it or not. Other features are accepted, and nothing changes: where the device
 * cuts no long frames the host does it just before (GSO, which Linux's TCP always uses since 4.17),
 * and on the wire that looks the same.
 */
import type { Host } from '../host.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';
import { ROOT } from './holders.ts';

// prettier-ignore
const FEATURES = [
  'rx', 'tx', 'sg', 'tso', 'ufo', 'gso', 'gro', 'lro', 'rxvlan', 'txvlan', 'ntuple', 'rxhash',
  'rx-checksumming', 'tx-checksumming', 'scatter-gather', 'tcp-segmentation-offload',
  'tx-tcp-segmentation', 'tx-tcp6-segmentation', 'tx-tcp-ecn-segmentation',
  'generic-segmentation-offload', 'generic-receive-offload', 'large-receive-offload',
];

const CHANGE = ['-K', '--features', '--offload'];
const SHOW = ['-k', '--show-features', '--show-offload'];

export function ethtool({ host, user }: CommandContext, words: readonly string[]): CommandOutcome {
  const [option = '', device = '', ...settings] = words;
  if (!CHANGE.includes(option) && !SHOW.includes(option)) {
    return failed(1, `ethtool: only -K and -k are known here, not "${option}"`);
  }
  const port = host.portNamed(device);
  if (port === undefined) return failed(1, 'Cannot get device feature names: No such device');
  if (SHOW.includes(option)) return done(featuresOf(host, port.interface));
  if (user !== ROOT) return failed(1, 'netlink error: Operation not permitted');
  for (let i = 0; i < settings.length; i += 2) {
    const feature = settings[i] ?? '';
    const value = settings[i + 1];
    if (!FEATURES.includes(feature)) return failed(1, `ethtool: invalid feature "${feature}"`);
    if (value !== 'on' && value !== 'off') return failed(1, `ethtool: "${feature}" is on or off`);
    change(port.interface, feature, value === 'on');
  }
  return done();
}

function change(device: NetworkInterface, feature: string, isOn: boolean): void {
  switch (feature) {
    case 'tx':
    case 'tx-checksumming':
      device.checksumOffload = isOn;
      break;
    case 'tso':
    case 'tcp-segmentation-offload':
    case 'tx-tcp-segmentation':
      device.segmentationOffload = isOn;
      break;
    default:
  }
}

/** Those that are what they say. A device that makes no checksums cuts nothing, whoever asks. */
function featuresOf({ settings }: Host, device: NetworkInterface): string {
  const { checksumOffload, segmentationOffload, takesLongFrames } = device;
  const asked = segmentationOffload && !takesLongFrames ? ' [requested on]' : '';
  const lines = [
    `Features for ${device.name}:`,
    `tx-checksumming: ${onOff(checksumOffload)}`,
    `tcp-segmentation-offload: ${onOff(takesLongFrames)}`,
    `\ttx-tcp-segmentation: ${onOff(takesLongFrames)}${asked}`,
    `generic-segmentation-offload: ${onOff(settings.tcp.bursts !== undefined)} [fixed]`,
    'generic-receive-offload: off [fixed]',
    'large-receive-offload: off [fixed]',
  ];
  return `${lines.join('\n')}\n`;
}

function onOff(isOn: boolean): string {
  return isOn ? 'on' : 'off';
}
