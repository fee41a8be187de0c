/**
 * The Linux kernel as the judge of system calls: the calls that our process made are made again by
 * a fresh process of this machine, with the same descriptors, and what they return is compared.
 * Calls must not block. Where there is no Linux or no Python the tests that need them are skipped.
 */
import { spawnSync } from 'node:child_process';
import type { CallResult, SystemCall } from '../../src/stack/index.ts';
import { constantOf } from '../../src/stack/index.ts';

/** What both sides tell of a call, in plain JSON. */
export interface Told {
  readonly returned: number;
  readonly errno: number;
  /** Octets in hexadecimal, events, or numbers; by the call. */
  readonly written: unknown;
}

/** What our own process told of a call, as the kernel's side puts it. */
export function told({ returned, errno, written }: CallResult): Told {
  return {
    returned,
    errno: errno === undefined ? 0 : (constantOf(errno) ?? -1),
    written: plain(written),
  };
}

function plain(written: CallResult['written']): unknown {
  switch (written?.kind) {
    case 'message':
      return Buffer.from(written.bytes).toString('hex');
    case 'int':
      return written.value;
    case 'poll':
      return written.revents;
    case 'epoll':
      return written.events.map(({ events, data }) => [events, Number(data)]);
    case 'pipe':
      return written.ends;
    case 'offset':
      return written.offset;
    case 'option':
      return written.value;
    case 'address':
    case undefined:
      return null;
  }
}

/** Whether the kernel can be asked here. */
export const HAS_LINUX: boolean =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  spawnSync('python3', ['-c', 'import ctypes']).status === 0;

/** Runs each program in a process of its own; what each of its calls told. */
export function runOnLinux(programs: readonly (readonly SystemCall[])[]): Told[][] {
  const input = JSON.stringify(programs, (_key, value: unknown) => {
    if (typeof value === 'bigint') return Number(value);
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
  });
  const run = spawnSync('python3', ['-c', KERNEL_SIDE], {
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    timeout: 30_000,
  });
  if (run.status !== 0) throw new Error(`the kernel's side failed: ${run.stderr}`);
  return run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told[]);
}

const KERNEL_SIDE = `
import ctypes, json, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)

class EpollEvent(ctypes.Structure):
    _pack_ = 1
    _fields_ = [('events', ctypes.c_uint32), ('data', ctypes.c_uint64)]

class PollFd(ctypes.Structure):
    _fields_ = [('fd', ctypes.c_int), ('events', ctypes.c_short), ('revents', ctypes.c_short)]

def send(c):
    data = b''.join(bytes.fromhex(b) for b in c['message']['buffers'])
    if c['flags']:
        return libc.send(c['fd'], data, len(data), c['flags']), None
    return libc.write(c['fd'], data, len(data)), None

def receive(c):
    length = sum(c['lengths'])
    buffer = ctypes.create_string_buffer(max(1, length))
    if c['flags']:
        n = libc.recv(c['fd'], buffer, length, c['flags'])
    else:
        n = libc.read(c['fd'], buffer, length)
    return n, buffer.raw[:n].hex() if n >= 0 else None

def poll(c):
    fds = (PollFd * max(1, len(c['requests'])))()
    for at, r in enumerate(c['requests']):
        fds[at].fd, fds[at].events = r['fd'], r['events']
    n = libc.poll(fds, len(c['requests']), c['timeout'])
    return n, [fds[at].revents & 0xffff for at in range(len(c['requests']))] if n >= 0 else None

def epoll_ctl(c):
    event = None
    if c.get('event') is not None:
        event = ctypes.byref(EpollEvent(c['event']['events'], c['event']['data']))
    return libc.epoll_ctl(c['epoll'], c['operation'], c['fd'], event), None

def epoll_wait(c):
    events = (EpollEvent * max(1, c['maximum']))()
    n = libc.epoll_wait(c['epoll'], events, c['maximum'], c['timeout'])
    return n, [[events[at].events, events[at].data] for at in range(n)] if n >= 0 else None

def pipe(c):
    ends = (ctypes.c_int * 2)()
    n = libc.pipe(ends)
    return n, list(ends) if n == 0 else None

def ioctl(c):
    value = ctypes.c_int(0)
    requests = {'FIONREAD': 0x541b, 'FIONBIO': 0x5421}
    if c['request'] == 'FIONBIO':
        value.value = c['argument']
    n = libc.ioctl(c['fd'], ctypes.c_ulong(requests[c['request']]), ctypes.byref(value))
    return n, value.value if n == 0 and c['request'] != 'FIONBIO' else None

CALLS = {
    'send': send, 'receive': receive, 'poll': poll, 'epoll_ctl': epoll_ctl,
    'epoll_wait': epoll_wait, 'pipe': pipe, 'ioctl': ioctl,
    'epoll_create': lambda c: (libc.epoll_create(c['size']), None),
    'close': lambda c: (libc.close(c['fd']), None),
    'fcntl': lambda c: (libc.fcntl(c['fd'], c['command'], c['argument']), None),
    'splice': lambda c: (libc.splice(c['from'], None, c['to'], None, c['length'], c['flags']), None),
    'open': lambda c: (libc.open(c['path'].encode(), c['flags'], 0o600), None),
    'socket': lambda c: (libc.socket({'AF_INET': 2, 'AF_INET6': 10}[c['domain']], c['type'],
                                     c['protocol']), None),
    'listen': lambda c: (libc.listen(c['fd'], c['backlog']), None),
    'shutdown': lambda c: (libc.shutdown(c['fd'], c['how']), None),
    'accept': lambda c: (libc.accept4(c['fd'], None, None, c['flags']), None),
}

def run(program):
    results = []
    for call in program:
        ctypes.set_errno(0)
        returned, written = CALLS[call['name']](call)
        code = ctypes.get_errno() if returned < 0 else 0
        results.append({'returned': returned, 'errno': code, 'written': written})
    return results

programs = json.load(sys.stdin)
os.dup2(1, 900)
nowhere = os.open('/dev/null', os.O_RDWR)
for standard in range(3):
    os.dup2(nowhere, standard)
os.close(nowhere)
for program in programs:
    if os.fork() == 0:
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        # A call that blocks after all ends with EINTR, which shows as a difference.
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.setitimer(signal.ITIMER_REAL, 1, 1)
        line = json.dumps(run(program)) + '\\n'
        with os.fdopen(900, 'w') as results:
            results.write(line)
        os._exit(0)
    os.wait()
`;
