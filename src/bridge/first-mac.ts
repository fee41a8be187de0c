/**
 * The hardware addresses of a simulation that meets others. Every scenario alone begins with
 * 02:00:00:00:00:01; two of them on one link would be in each other's way, and so would their
 * link-local addresses, which are made of these (RFC 4291, appendix A).
 */
import { Random } from '../sim/index.ts';
import type { MacAddress } from '../wire/index.ts';

/**
 * The first of a scenario as it is set up: 02:xx:xx:xx:00:01, where its name and its settings, of
 * which one is mostly its own address, choose the middle. It is the same at each run, so that
 * neighbours that remember it find it again.
 */
export function firstMacOf(
  name: string,
  parameters: Readonly<Record<string, string>> = {},
): MacAddress {
  const settings = Object.entries(parameters).map((setting) => ` ${setting.join('=')}`);
  const chosen = new Random(0).fork([name, ...settings.toSorted()].join('')).u32() >>> 8;
  return 0x02_00_00_00_00_01 + chosen * 0x1_0000;
}
