/**
 * `ethtool -K`: what the device does for the stack (ethtool(8)). Features are accepted,
 * and nothing changes: where the device cuts no long packets the host does it just before (GSO,
 * which Linux's TCP always uses since 4.17), and on the wire that looks the same.
 */
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';

// prettier-ignore
const FEATURES = [
  'rx', 'tx', 'sg', 'tso', 'ufo', 'gso', 'gro', 'lro', 'rxvlan', 'txvlan', 'ntuple', 'rxhash',
  'rx-checksumming', 'tx-checksumming', 'scatter-gather', 'tcp-segmentation-offload',
  'tx-tcp-segmentation', 'tx-tcp6-segmentation', 'tx-tcp-ecn-segmentation',
  'generic-segmentation-offload', 'generic-receive-offload', 'large-receive-offload',
];

export function ethtool({ host }: CommandContext, words: readonly string[]): CommandOutcome {
  const [option = '', device = '', ...settings] = words;
  if (option !== '-K' && option !== '--features' && option !== '--offload') {
    return failed(1, `ethtool: only -K is known here, not "${option}"`);
  }
  if (host.portNamed(device) === undefined) {
    return failed(1, 'Cannot get device feature names: No such device');
  }
  for (let i = 0; i < settings.length; i += 2) {
    const feature = settings[i] ?? '';
    const value = settings[i + 1];
    if (!FEATURES.includes(feature)) return failed(1, `ethtool: invalid feature "${feature}"`);
    if (value !== 'on' && value !== 'off') return failed(1, `ethtool: "${feature}" is on or off`);
  }
  return done();
}
