/** Numbers with names in filter expressions (pcap-filter(7)): `tcp[tcpflags] & tcp-syn != 0`. */

/** Each line is a group, each entry a name behind the group's prefix and its value. */
const GROUPS = [
  ['', 'tcpflags 13, icmptype 0, icmpcode 1, icmp6type 0, icmp6code 1'],
  ['tcp-', 'fin 1, syn 2, rst 4, push 8, ack 16, urg 32, ece 64, cwr 128'],
  [
    'icmp-',
    `echoreply 0, unreach 3, sourcequench 4, redirect 5, echo 8, routeradvert 9,
     routersolicit 10, timxceed 11, paramprob 12, tstamp 13, tstampreply 14, ireq 15, ireqreply 16,
     maskreq 17, maskreply 18`,
  ],
  [
    'icmp6-',
    `destinationunreach 1, packettoobig 2, timeexceeded 3, parameterproblem 4, echo 128,
     echoreply 129, multicastlistenerquery 130, multicastlistenerreportv1 131,
     multicastlistenerdone 132, routersolicit 133, routeradvert 134, neighborsolicit 135,
     neighboradvert 136, redirect 137, routerrenum 138, nodeinformationquery 139,
     nodeinformationresponse 140, ineighbordiscoverysolicit 141, ineighbordiscoveryadvert 142,
     multicastlistenerreportv2 143, homeagentdiscoveryrequest 144, homeagentdiscoveryreply 145,
     mobileprefixsolicit 146, mobileprefixadvert 147, certpathsolicit 148, certpathadvert 149,
     multicastrouteradvert 151, multicastroutersolicit 152, multicastrouterterm 153`,
  ],
] as const;

/** The numbers by name. */
export const NAMED_NUMBERS: ReadonlyMap<string, number> = new Map(
  GROUPS.flatMap(([prefix, entries]) =>
    entries.split(',').map((entry): [string, number] => {
      const [name, value] = entry.trim().split(' ');
      return [`${prefix}${name}`, Number(value)];
    }),
  ),
);
