/**
 * The names that tcpdump 4.99.3 gives to options of DHCP (RFC 2132 and later ones), by how it
 * prints their data.
 */

/** How the data of an option are printed. */
export type DhcpFormat =
  'addresses' | 'pairs' | 'words' | 'signed' | 'shorts' | 'switches' | 'octets' | 'text' | 'own';

export interface DhcpOptionName {
  readonly name: string;
  /** `own`: in a way that no other option has. */
  readonly format: DhcpFormat;
}

// prettier-ignore
const NAMES: readonly (readonly [format: DhcpFormat, names: string])[] = [
  ['own', '0 PAD 46 Netbios-Node 52 OO 55 Parameter-Request 61 Client-ID 77 User-Class 81 FQDN'],
  ['own', '82 Agent-Information 121 Classless-Static-Route 249 Classless-Static-Route-Microsoft'],
  ['own', '255 END'],
  ['addresses', '1 Subnet-Mask 3 Default-Gateway 4 Time-Server 5 IEN-Name-Server'],
  ['addresses', '6 Domain-Name-Server 7 LOG 8 CS 9 LPR-Server 10 IM 11 RL 16 SS 28 BR 32 RSA 41 YS'],
  ['addresses', '42 NTP 44 Netbios-Name-Server 45 WDD 48 XFS 49 XDM 50 Requested-IP 54 Server-ID'],
  ['addresses', '65 N+S 68 MH 69 SMTP 70 POP3 71 NNTP 72 WWW 73 FG 74 IRC 75 STS 76 STDA'],
  ['addresses', '92 Associated-IP 112 NI 118 SUBNET 150 TFTP-Server-Address'],
  ['signed', '2 Time-Zone 91 Last-Transaction-Time'],
  ['text', '12 Hostname 14 DP 15 Domain-Name 17 RP 18 EP 40 YD 47 Netbios-Scope 56 MSG'],
  ['text', '60 Vendor-Class 66 TFTP 67 BF 80 SLP-NA 88 TZSTR 95 LDAP 98 UAP 100 POSIX-TZ'],
  ['text', '101 TZ-Name 113 NITAG 114 URL 161 MUD-URL'],
  ['shorts', '13 BS 22 RSZ 25 MTU-Table 26 MTU 57 MSZ 64 N+D 93 ARCH 117 NSSEARCH'],
  ['switches', '19 IPF 20 SRT 27 LSN 29 MD 30 MS 31 Router-Discovery 34 UT 36 IE 39 KG 116 NOAUTO'],
  ['pairs', '21 PF 33 Static-Route'],
  ['octets', '23 TTL 37 TT 43 Vendor-Option 53 DHCP-Message 78 SLP-DA 79 SLP-SCOPE 83 ARMT'],
  ['octets', '89 FQDNS 90 AUTH 94 NDI 97 GUID'],
  ['words', '24 MTU-Timeout 35 AT 38 KI 51 Lease-Time 58 RN 59 RB'],
];

/** The options by their codes. */
export const DHCP_OPTION_NAMES: ReadonlyMap<number, DhcpOptionName> = new Map(
  NAMES.flatMap(([format, names]) =>
    [...names.matchAll(/(\d+) (\S+)/g)].map(
      ([, code, name = '']) => [Number(code), { name, format }] as const,
    ),
  ),
);
