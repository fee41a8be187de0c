/** Random filter expressions, about what random frames have in them, and some that are none. */
import * as fc from 'fast-check';
import { mostly, pick } from './shapes.ts';

const join = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.filter((text) => text !== '').join(' '));

const spaced = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  arbitrary.map((text) => `( ${text} )`);

const protocol = pick(
  'ip',
  'ip6',
  'arp',
  'rarp',
  'tcp',
  'udp',
  'sctp',
  'icmp',
  'icmp6',
  'igmp',
  'pim',
  'esp',
  'ah',
);
const direction = pick('', '', 'src', 'dst', 'src or dst', 'dst and src', 'dst or src');

const ipv4 = pick('10.0.0.1', '10.0.0.2', '192.168.1.109', '224.0.0.251', '127.0.0.1', '10.0');
const ipv6 = pick('2001:db8::1', 'fe80::1', '::1', 'ff02::1', '::ffff:10.0.0.1', 'ff02::fb');
const address = mostly(ipv4, mostly(ipv6, pick('1', '300.1.1.1'), 3), 2);
const mac = pick('02:00:00:00:00:01', '2:0:0:0:1:6d', 'ffff.ffff.ffff', '00-00-00-00-00-00');
const net = pick(
  '10',
  '10.0.0.0/24',
  '192.168',
  '0/0',
  '10.0.0.1/8',
  '10.0.0.0 mask 255.0.0.0',
  '2001:db8::/32',
  'fe80::/10',
  '::/0',
  'ff00::/8',
  '192.168.1.109/32',
  '224.0.0.0/4',
  '128',
);
const port = mostly(
  fc.integer({ min: 0, max: 1100 }).map(String),
  pick('80', '53', 'http', 'domain', 'https', '8000', '0x50', '0120', '65535', '65536', 'nosuch'),
);
const portRange = mostly(
  fc.tuple(fc.nat(60_000), fc.nat(60_000)).map(([from, to]) => `${from}-${to}`),
  pick('80', 'http-8080', '0-65535', '5', '3-99999'),
);
const number = mostly(
  fc.nat(255).map(String),
  pick('6', '17', '1', '58', '47', '0', '132', '44'),
  1,
);

/** Some for each kind of value, so that most of the words fit. */
const qualified = fc.oneof(
  join(pick('', '', 'ip', 'ip6', 'arp', 'tcp'), direction, pick('host', ''), address),
  join(pick('', '', 'ip', 'ip6', 'arp', 'rarp'), direction, pick('net'), net),
  join(pick('', 'tcp', 'udp', 'sctp', 'icmp'), direction, pick('port'), port),
  join(pick('', 'tcp', 'udp', 'sctp'), direction, pick('portrange'), portRange),
  join(
    pick('', 'ip', 'ip6'),
    pick('proto'),
    mostly(number, pick('\\tcp', '\\udp', '\\icmp', 'gre')),
  ),
  join(pick('ether'), direction, pick('host', 'host', ''), mac),
  join(
    pick('ether proto'),
    pick('0x0800', '\\ip6', '\\arp', '0x86dd', '0x8100', '0x1234', '6', '0x42', '\\rarp'),
  ),
);
const inherited = fc.oneof(
  fc.tuple(
    pick('port', 'tcp port', 'udp dst port'),
    fc.array(port, { minLength: 2, maxLength: 4 }),
  ),
  fc.tuple(pick('host', 'src', 'ip dst host'), fc.array(address, { minLength: 2, maxLength: 3 })),
  fc.tuple(pick('proto'), fc.array(number, { minLength: 2, maxLength: 3 })),
);
const values = fc
  .tuple(inherited, pick(' or ', ' and ', ' or not ', ' || '), fc.boolean())
  .map(([[words, list], operator, isGroup]) =>
    isGroup ? `${words} (${list.join(operator)})` : `${words} ${list.join(operator)}`,
  );

const header = mostly(
  pick('ip', 'tcp', 'udp', 'ether', 'icmp'),
  pick('ip6', 'arp', 'icmp6', 'sctp'),
);
const index = mostly(
  fc.nat(24).map(String),
  pick('tcpflags', 'icmptype', 'icmp6type', '0', '2', '(1+1)', '-1', 'ip[0]&15'),
);
const octetsOf = (of: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(header, of, pick('', '', ':1', ':2', ':4', ':3'))
    .map(([h, i, size]) => `${h}[${i}${size}]`);

const { expression } = fc.letrec<{ arithmetic: string; expression: string }>((tie) => ({
  arithmetic: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    pick('0', '1', '2', '0xff', 'tcp-syn', 'tcp-ack', 'len', '64', '31', '0xffffffff'),
    octetsOf(index),
    join(
      tie('arithmetic'),
      pick('+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>'),
      tie('arithmetic'),
    ),
    spaced(tie('arithmetic')),
    join(pick('-'), tie('arithmetic')),
  ),
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    protocol,
    qualified,
    values,
    join(tie('arithmetic'), pick('=', '==', '!=', '<', '<=', '>', '>='), tie('arithmetic')),
    pick('tcp[tcpflags] & (tcp-syn|tcp-fin) != 0', 'tcp[13] == 2', 'ip[6:2] & 0x1fff = 0', 'vlan'),
    pick('less 80', 'greater 100', 'ip broadcast', 'ip multicast', 'ip6 multicast', 'multicast'),
    pick('broadcast', 'ether multicast', 'vlan 100', 'vlan and ip', 'outbound', 'inbound'),
    join(tie('expression'), pick('and', 'or', '&&', '||', 'and not'), tie('expression')),
    join(pick('not', '!', 'not not'), tie('expression')),
    spaced(tie('expression')),
  ),
}));

/** Filter expressions; one in twelve has lost or got a word. */
export const FILTERS: fc.Arbitrary<string> = fc
  .tuple(
    expression,
    mostly(fc.constant(-1), fc.nat(20), 12),
    pick('', 'or', '(', 'port', '80', ')'),
  )
  .map(([text, at, word]) => {
    const words = text.split(' ');
    if (at >= 0) words.splice(at % words.length, 1, ...(word === '' ? [] : [word]));
    return words.join(' ');
  });
