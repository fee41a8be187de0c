/** Source routes of IPv4: a route and its option, and the way back. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeSourceRoute,
  finalDestination,
  hasSourceRoute,
  put32,
  routeAsked,
  routeBack,
  type SourceRoute,
  sourceRouteLength,
} from '../../src/wire/index.ts';
import { anyBytes } from '../help/arbitraries.ts';

const address = fc.nat({ max: 2 ** 32 - 1 });
const route: fc.Arbitrary<SourceRoute> = fc.record({
  isStrict: fc.boolean(),
  gateways: fc.array(address, { minLength: 1, maxLength: 9 }),
});

/** What gateways make of the option: each puts its own address in, and the pointer moves on. */
function travelled(options: Uint8Array, { gateways }: SourceRoute): Uint8Array {
  const at = options.slice();
  for (const [i, gateway] of gateways.entries()) put32(at, 3 + 4 * i, gateway);
  at[2] = at.length + 1;
  return at;
}

test('law: the option ends with the destination, and the way back is the route turned round', () => {
  fc.assert(
    fc.property(route, address, address, (asked, first, destination) => {
      const options = encodeSourceRoute(asked, destination);
      expect(options.length + 1).toBe(sourceRouteLength(asked));
      expect(hasSourceRoute(options)).toBe(true);
      expect(finalDestination(first, options)).toBe(destination);
      expect(routeAsked(options)?.gateways).toEqual([...asked.gateways.slice(1), destination]);
      expect(routeBack(options)).toBeUndefined(); // it is on its way
      const arrived = travelled(options, asked);
      expect(routeBack(arrived)).toEqual({ ...asked, gateways: asked.gateways.toReversed() });
      expect(finalDestination(destination, arrived)).toBe(destination);
    }),
  );
});

test('law: any octets may stand where options do', () => {
  fc.assert(
    fc.property(anyBytes(40), address, (options, destination) => {
      const back = routeBack(options);
      if (back !== undefined) expect(hasSourceRoute(options)).toBe(true);
      expect(routeAsked(options)?.gateways).not.toEqual([]);
      expect(finalDestination(destination, options)).toBeGreaterThanOrEqual(0);
    }),
  );
});
