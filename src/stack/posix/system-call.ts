/**
 * The system calls of a process on the host, as values: what a program asks, and what it is told.
 * Flags are numbers by Linux's ABI (see `constants.ts`), options and errors go by their names, so
 * that those of other systems have a place.
 */
import type { IpAddress } from '../../wire/index.ts';
import type { Errno } from '../errno.ts';
import type { SocketFamily } from '../sockets/socket-family.ts';

/** A number that names an open file of the process. */
export type FileDescriptor = number;

/** A socket address: `struct sockaddr_in`, or `sockaddr_in6` where the address is of IPv6. */
export interface SocketAddress {
  readonly address: IpAddress;
  readonly port: number;
}

/** What a pointer to bytes may be: memory, or a pointer that leads nowhere (EFAULT). */
export type UserMemory = Uint8Array | 'invalid-pointer';

/** `setsockopt`'s and `getsockopt`'s value: an `int`, bytes, or one of the structures. */
export type OptionValue =
  | number
  | Uint8Array
  | { readonly onoff: number; readonly linger: number }
  /** TCP_INFO, TCP_CC_INFO, SO_MEMINFO: fields by their C names, in the kernel's units. */
  | Readonly<Record<string, number>>;

/** One `struct cmsghdr` with what it carries. */
export type ControlMessage = {
  /** SOL_SOCKET, SOL_TCP, SOL_IP, SOL_IPV6. */
  readonly level: string;
  /** SCM_TIMESTAMPING, TCP_CM_INQ, IP_RECVERR, IP_TOS … */
  readonly type: string;
  readonly data:
    | { readonly kind: 'int'; readonly value: number }
    /** `struct scm_timestamping`; only the software timestamp is ever set. */
    | { readonly kind: 'timestamping'; readonly seconds: number; readonly nanoseconds: number }
    | { readonly kind: 'extended-error'; readonly error: ExtendedError }
    /** SCM_TIMESTAMPING_OPT_STATS: TCP_NLA_… by their names, in the order of the attributes. */
    | { readonly kind: 'statistics'; readonly statistics: Readonly<Record<string, number>> };
};

/** `struct sock_extended_err`. */
export interface ExtendedError {
  readonly errno: Errno | 'ENOMSG' | undefined;
  readonly origin: number;
  readonly type: number;
  readonly code: number;
  readonly info: number;
  readonly data: number;
}

/** `struct msghdr` of sendmsg. */
export interface OutgoingMessage {
  /** `'unspecified'` is an address of the family AF_UNSPEC. */
  readonly address: SocketAddress | 'unspecified' | undefined;
  readonly buffers: readonly UserMemory[];
  readonly control: readonly ControlMessage[];
}

/** One `struct pollfd`. */
export interface PollRequest {
  readonly fd: FileDescriptor;
  readonly events: number;
}

/** One `struct epoll_event`; `data` is the union, which the kernel hands back untouched. */
export interface EpollEvent {
  readonly events: number;
  readonly data: bigint;
}

export type SystemCall =
  | {
      readonly name: 'socket';
      readonly domain: SocketFamily;
      /** SOCK_STREAM or SOCK_DGRAM, with SOCK_NONBLOCK and SOCK_CLOEXEC. */
      readonly type: number;
      readonly protocol: number;
    }
  | {
      readonly name: 'bind' | 'connect';
      readonly fd: FileDescriptor;
      /** `'unspecified'` is AF_UNSPEC: connect then dissolves the connection. */
      readonly address: SocketAddress | 'unspecified' | 'invalid-pointer';
    }
  | { readonly name: 'listen'; readonly fd: FileDescriptor; readonly backlog: number }
  | { readonly name: 'accept'; readonly fd: FileDescriptor; readonly flags: number }
  | {
      readonly name: 'send';
      readonly fd: FileDescriptor;
      /** write, send, sendto, writev and sendmsg are all this. */
      readonly message: OutgoingMessage;
      readonly flags: number;
    }
  | {
      readonly name: 'receive';
      readonly fd: FileDescriptor;
      /** The lengths of the buffers; read, recv, recvfrom, readv and recvmsg are all this. */
      readonly lengths: readonly number[];
      readonly isPointerInvalid: boolean;
      readonly flags: number;
      /** recvmsg: the caller has room for control messages and takes the flags. */
      readonly wantsControl: boolean;
    }
  | { readonly name: 'close'; readonly fd: FileDescriptor }
  | { readonly name: 'shutdown'; readonly fd: FileDescriptor; readonly how: number }
  | {
      readonly name: 'fcntl';
      readonly fd: FileDescriptor;
      readonly command: number;
      readonly argument: number;
    }
  | {
      readonly name: 'ioctl';
      readonly fd: FileDescriptor;
      readonly request: string;
      /** What FIONBIO sets; other requests take none. */
      readonly argument?: number | undefined;
    }
  | {
      readonly name: 'setsockopt';
      readonly fd: FileDescriptor;
      readonly level: string;
      readonly option: string;
      readonly value: OptionValue | 'invalid-pointer';
      readonly length: number;
    }
  | {
      readonly name: 'getsockopt';
      readonly fd: FileDescriptor;
      readonly level: string;
      readonly option: string;
      readonly length: number;
    }
  | {
      readonly name: 'poll';
      readonly requests: readonly PollRequest[];
      /** Milliseconds; negative waits for ever. */
      readonly timeout: number;
    }
  | { readonly name: 'epoll_create'; readonly size: number }
  | {
      readonly name: 'epoll_ctl';
      readonly epoll: FileDescriptor;
      /** EPOLL_CTL_ADD, _DEL or _MOD. */
      readonly operation: number;
      readonly fd: FileDescriptor;
      readonly event: EpollEvent | undefined;
    }
  | {
      readonly name: 'epoll_wait';
      readonly epoll: FileDescriptor;
      readonly maximum: number;
      readonly timeout: number;
    }
  | { readonly name: 'pipe' }
  | {
      readonly name: 'splice';
      readonly from: FileDescriptor;
      readonly to: FileDescriptor;
      readonly length: number;
      readonly flags: number;
    }
  | { readonly name: 'open'; readonly path: string; readonly flags: number }
  | {
      readonly name: 'sendfile';
      readonly to: FileDescriptor;
      readonly from: FileDescriptor;
      /** Where to read from; undefined for the file's own position. */
      readonly offset: number | undefined;
      readonly length: number;
    }
  | {
      /** One capability, raised or given up: libcap's cap_set_flag + cap_set_proc. */
      readonly name: 'cap_set';
      readonly set: 'CAP_EFFECTIVE' | 'CAP_PERMITTED' | 'CAP_INHERITABLE';
      /** CAP_NET_ADMIN … */
      readonly capability: string;
      readonly isRaised: boolean;
    };

/** What a call returned: −1 with an errno, or a number with what it wrote into memory. */
export interface CallResult {
  readonly returned: number;
  readonly errno: Errno | undefined;
  /** What the call wrote back, for those that do. */
  readonly written: Written | undefined;
}

export type Written =
  /** accept, recvfrom. */
  | { readonly kind: 'address'; readonly address: SocketAddress }
  | {
      readonly kind: 'message';
      readonly bytes: Uint8Array;
      /** msg_flags. */
      readonly flags: number;
      readonly control: readonly ControlMessage[];
      readonly address: SocketAddress | undefined;
    }
  | { readonly kind: 'option'; readonly value: OptionValue; readonly length: number }
  | { readonly kind: 'int'; readonly value: number }
  /** poll: revents by request. */
  | { readonly kind: 'poll'; readonly revents: readonly number[] }
  | { readonly kind: 'epoll'; readonly events: readonly EpollEvent[] }
  /** pipe: the reading end and the writing end. */
  | { readonly kind: 'pipe'; readonly ends: readonly [FileDescriptor, FileDescriptor] }
  /** sendfile: the offset behind what was sent. */
  | { readonly kind: 'offset'; readonly offset: number };

/** A call that has begun. A blocking one has no result yet. */
export interface CallUnderWay {
  readonly result: CallResult | undefined;
  /** The instant of the result. */
  readonly finishedAt: number;
}
