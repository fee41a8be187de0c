/**
 * The numbers of Linux's system call interface on x86-64, by their C names: what flags, events and
 * commands are made of. Values are those of the kernel's uapi headers, which are named beside each
 * table; {@link constantOf} finds any of them by name.
 */
import type { Errno } from '../errno.ts';

/** What `poll` is asked and answers: asm-generic/poll.h. */
export const POLL = {
  POLLIN: 0x1,
  POLLPRI: 0x2,
  POLLOUT: 0x4,
  POLLERR: 0x8,
  POLLHUP: 0x10,
  POLLNVAL: 0x20,
  POLLRDNORM: 0x40,
  POLLRDBAND: 0x80,
  POLLWRNORM: 0x100,
  POLLWRBAND: 0x200,
  POLLMSG: 0x400,
  POLLREMOVE: 0x1000,
  POLLRDHUP: 0x2000,
} as const;

/** The events of epoll have the numbers of poll's, and flags of their own: linux/eventpoll.h. */
export const EPOLL = {
  EPOLLIN: 0x1,
  EPOLLPRI: 0x2,
  EPOLLOUT: 0x4,
  EPOLLERR: 0x8,
  EPOLLHUP: 0x10,
  EPOLLNVAL: 0x20,
  EPOLLRDNORM: 0x40,
  EPOLLRDBAND: 0x80,
  EPOLLWRNORM: 0x100,
  EPOLLWRBAND: 0x200,
  EPOLLMSG: 0x400,
  EPOLLRDHUP: 0x2000,
  EPOLLEXCLUSIVE: 0x1000_0000,
  EPOLLWAKEUP: 0x2000_0000,
  EPOLLONESHOT: 0x4000_0000,
  EPOLLET: 0x8000_0000,
} as const;

export const EPOLL_CTL = {
  EPOLL_CTL_ADD: 1,
  EPOLL_CTL_DEL: 2,
  EPOLL_CTL_MOD: 3,
} as const;

/** Flags of sending and receiving: linux/socket.h. */
export const MSG = {
  MSG_OOB: 0x1,
  MSG_PEEK: 0x2,
  MSG_DONTROUTE: 0x4,
  MSG_CTRUNC: 0x8,
  MSG_PROBE: 0x10,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
  MSG_EOR: 0x80,
  MSG_WAITALL: 0x100,
  MSG_FIN: 0x200,
  MSG_SYN: 0x400,
  MSG_CONFIRM: 0x800,
  MSG_RST: 0x1000,
  MSG_ERRQUEUE: 0x2000,
  MSG_NOSIGNAL: 0x4000,
  MSG_MORE: 0x8000,
  MSG_WAITFORONE: 0x1_0000,
  MSG_ZEROCOPY: 0x400_0000,
  MSG_FASTOPEN: 0x2000_0000,
  MSG_CMSG_CLOEXEC: 0x4000_0000,
} as const;

/** How a file is opened, and what F_GETFL tells: asm-generic/fcntl.h, in C's octal. */
export const OPEN = {
  O_RDONLY: 0o0,
  O_WRONLY: 0o1,
  O_RDWR: 0o2,
  O_ACCMODE: 0o3,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_NOCTTY: 0o400,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_NONBLOCK: 0o4000,
  O_NDELAY: 0o4000,
  O_DSYNC: 0o1_0000,
  O_ASYNC: 0o2_0000,
  O_DIRECT: 0o4_0000,
  O_LARGEFILE: 0o10_0000,
  O_DIRECTORY: 0o20_0000,
  O_NOFOLLOW: 0o40_0000,
  O_NOATIME: 0o100_0000,
  O_CLOEXEC: 0o200_0000,
} as const;

/** Commands of fcntl: asm-generic/fcntl.h. */
export const FCNTL = {
  F_DUPFD: 0,
  F_GETFD: 1,
  F_SETFD: 2,
  F_GETFL: 3,
  F_SETFL: 4,
  F_GETLK: 5,
  F_SETLK: 6,
  F_SETLKW: 7,
  F_SETOWN: 8,
  F_GETOWN: 9,
  F_SETSIG: 10,
  F_GETSIG: 11,
  F_DUPFD_CLOEXEC: 1030,
  FD_CLOEXEC: 1,
} as const;

export const ADDRESS_FAMILY = {
  AF_UNSPEC: 0,
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
} as const;

/** Types of sockets, and the flags that come with them: linux/net.h. */
export const SOCK = {
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_RAW: 3,
  SOCK_SEQPACKET: 5,
  SOCK_NONBLOCK: 0o4000,
  SOCK_CLOEXEC: 0o200_0000,
} as const;

/** Protocols of IP sockets: linux/in.h. */
export const IPPROTO = {
  IPPROTO_IP: 0,
  IPPROTO_ICMP: 1,
  IPPROTO_IGMP: 2,
  IPPROTO_TCP: 6,
  IPPROTO_UDP: 17,
  IPPROTO_IPV6: 41,
  IPPROTO_ICMPV6: 58,
  IPPROTO_UDPLITE: 136,
  IPPROTO_RAW: 255,
  IPPROTO_MPTCP: 262,
} as const;

/** Levels of options and of control messages: linux/socket.h. */
export const LEVEL = {
  SOL_IP: 0,
  SOL_SOCKET: 1,
  SOL_TCP: 6,
  SOL_UDP: 17,
  SOL_IPV6: 41,
} as const;

/** Which sides shutdown ends. */
export const SHUT = {
  SHUT_RD: 0,
  SHUT_WR: 1,
  SHUT_RDWR: 2,
} as const;

/** Flags of splice: linux/splice.h. */
export const SPLICE = {
  SPLICE_F_MOVE: 1,
  SPLICE_F_NONBLOCK: 2,
  SPLICE_F_MORE: 4,
  SPLICE_F_GIFT: 8,
} as const;

/** IP_MTU_DISCOVER: linux/in.h. */
export const PATH_MTU_DISCOVERY = {
  IP_PMTUDISC_DONT: 0,
  IP_PMTUDISC_WANT: 1,
  IP_PMTUDISC_DO: 2,
  IP_PMTUDISC_PROBE: 3,
  IP_PMTUDISC_INTERFACE: 4,
  IP_PMTUDISC_OMIT: 5,
} as const;

/** `struct sock_extended_err`: linux/errqueue.h. */
export const EXTENDED_ERROR = {
  SO_EE_ORIGIN_NONE: 0,
  SO_EE_ORIGIN_LOCAL: 1,
  SO_EE_ORIGIN_ICMP: 2,
  SO_EE_ORIGIN_ICMP6: 3,
  SO_EE_ORIGIN_TXSTATUS: 4,
  SO_EE_ORIGIN_TIMESTAMPING: 4,
  SO_EE_ORIGIN_ZEROCOPY: 5,
  SO_EE_ORIGIN_TXTIME: 6,
  SO_EE_CODE_ZEROCOPY_COPIED: 1,
} as const;

/** SO_TIMESTAMPING: linux/net_tstamp.h; which timestamp a message is: linux/errqueue.h. */
export const TIMESTAMPING = {
  SOF_TIMESTAMPING_TX_HARDWARE: 0x1,
  SOF_TIMESTAMPING_TX_SOFTWARE: 0x2,
  SOF_TIMESTAMPING_RX_HARDWARE: 0x4,
  SOF_TIMESTAMPING_RX_SOFTWARE: 0x8,
  SOF_TIMESTAMPING_SOFTWARE: 0x10,
  SOF_TIMESTAMPING_SYS_HARDWARE: 0x20,
  SOF_TIMESTAMPING_RAW_HARDWARE: 0x40,
  SOF_TIMESTAMPING_OPT_ID: 0x80,
  SOF_TIMESTAMPING_TX_SCHED: 0x100,
  SOF_TIMESTAMPING_TX_ACK: 0x200,
  SOF_TIMESTAMPING_OPT_CMSG: 0x400,
  SOF_TIMESTAMPING_OPT_TSONLY: 0x800,
  SOF_TIMESTAMPING_OPT_STATS: 0x1000,
  SOF_TIMESTAMPING_OPT_PKTINFO: 0x2000,
  SOF_TIMESTAMPING_OPT_TX_SWHW: 0x4000,
  SOF_TIMESTAMPING_BIND_PHC: 0x8000,
  SOF_TIMESTAMPING_OPT_ID_TCP: 0x1_0000,
  SCM_TSTAMP_SND: 0,
  SCM_TSTAMP_SCHED: 1,
  SCM_TSTAMP_ACK: 2,
} as const;

/** tcpi_state: net/tcp_states.h. */
export const TCP_STATE = {
  TCP_ESTABLISHED: 1,
  TCP_SYN_SENT: 2,
  TCP_SYN_RECV: 3,
  TCP_FIN_WAIT1: 4,
  TCP_FIN_WAIT2: 5,
  TCP_TIME_WAIT: 6,
  TCP_CLOSE: 7,
  TCP_CLOSE_WAIT: 8,
  TCP_LAST_ACK: 9,
  TCP_LISTEN: 10,
  TCP_CLOSING: 11,
  TCP_NEW_SYN_RECV: 12,
} as const;

/** What else TCP_INFO tells: tcpi_ca_state, tcpi_options, tcpi_snd_ssthresh; linux/tcp.h. */
export const TCP_INFO_VALUE = {
  TCP_CA_Open: 0,
  TCP_CA_Disorder: 1,
  TCP_CA_CWR: 2,
  TCP_CA_Recovery: 3,
  TCP_CA_Loss: 4,
  TCPI_OPT_TIMESTAMPS: 1,
  TCPI_OPT_SACK: 2,
  TCPI_OPT_WSCALE: 4,
  TCPI_OPT_ECN: 8,
  TCPI_OPT_ECN_SEEN: 16,
  TCPI_OPT_SYN_DATA: 32,
  TCPI_OPT_USEC_TS: 64,
  TCPI_OPT_TFO_CHILD: 128,
  TCPI_ECN_MODE_DISABLED: 0,
  TCPI_ECN_MODE_RFC3168: 1,
  TCPI_ECN_MODE_ACCECN: 2,
  TCPI_ECN_MODE_PENDING: 3,
  TCP_ACCECN_OPT_NOT_SEEN: 0,
  TCP_ACCECN_OPT_EMPTY_SEEN: 1,
  TCP_ACCECN_OPT_COUNTER_SEEN: 2,
  TCP_ACCECN_OPT_FAIL_SEEN: 3,
  TCP_ACCECN_ACE_FAIL_SEND: 1,
  TCP_ACCECN_ACE_FAIL_RECV: 2,
  TCP_ACCECN_OPT_FAIL_SEND: 4,
  TCP_ACCECN_OPT_FAIL_RECV: 8,
  TCP_INFINITE_SSTHRESH: 0x7fff_ffff,
} as const;

/** The fields of SO_MEMINFO: linux/sock_diag.h. */
export const MEMORY_INFO = {
  SK_MEMINFO_RMEM_ALLOC: 0,
  SK_MEMINFO_RCVBUF: 1,
  SK_MEMINFO_WMEM_ALLOC: 2,
  SK_MEMINFO_SNDBUF: 3,
  SK_MEMINFO_FWD_ALLOC: 4,
  SK_MEMINFO_WMEM_QUEUED: 5,
  SK_MEMINFO_OPTMEM: 6,
  SK_MEMINFO_BACKLOG: 7,
  SK_MEMINFO_DROPS: 8,
} as const;

/** What SO_ERROR and `ee_errno` tell: asm-generic/errno.h. */
export const ERRNO: Readonly<Record<Errno, number>> = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  ENOTTY: 25,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EPIPE: 32,
  EDOM: 33,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ELOOP: 40,
  ENOMSG: 42,
  ENONET: 64,
  EPROTO: 71,
  ENOTSOCK: 88,
  EDESTADDRREQ: 89,
  EMSGSIZE: 90,
  EPROTOTYPE: 91,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  ESOCKTNOSUPPORT: 94,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
};

const TABLES: readonly Readonly<Record<string, number>>[] = [
  POLL,
  EPOLL,
  EPOLL_CTL,
  MSG,
  OPEN,
  FCNTL,
  ADDRESS_FAMILY,
  SOCK,
  IPPROTO,
  LEVEL,
  SHUT,
  SPLICE,
  PATH_MTU_DISCOVERY,
  EXTENDED_ERROR,
  TIMESTAMPING,
  TCP_STATE,
  TCP_INFO_VALUE,
  MEMORY_INFO,
  ERRNO,
  { EWOULDBLOCK: ERRNO.EAGAIN },
];

const BY_NAME: ReadonlyMap<string, number> = new Map(TABLES.flatMap((it) => Object.entries(it)));

/** The number of a C name, from any of the tables. */
export function constantOf(name: string): number | undefined {
  return BY_NAME.get(name);
}
