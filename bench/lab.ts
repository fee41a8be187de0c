/** Two hosts and a link between them: where the simulations take place. */
import { HostDriver, Link, type LinkOptions, Loop, Random } from '../src/sim/index.ts';
import { Host, ms, type TcpSocket } from '../src/stack/index.ts';
import { IPV4_ANY, type Ipv4Address, parseIpv4 } from '../src/wire/index.ts';
import { mustHold } from './figure.ts';

const SERVER: Ipv4Address = parseIpv4('10.0.0.2');
const PORT = 5000;

/** The link that most workloads use: 1 Gbit/s, 10 ms there and back. */
export const GIGABIT: LinkOptions = { latency: ms(5), rate: 1e9 };

/** A client and a server, and how many packets have been sent over the link between them. */
export class Lab {
  readonly loop = new Loop();
  readonly link: Link;
  readonly client: Host;
  readonly server: Host;
  packets = 0;

  constructor(options: LinkOptions) {
    this.link = new Link(this.loop, options);
    this.client = this.#host('client', 1);
    this.server = this.#host('server', 2);
    for (const end of [this.link.a, this.link.b]) {
      end.observeSent({
        frame: () => {
          this.packets += 1;
        },
      });
    }
  }

  #host(name: string, number: number): Host {
    const driver = new HostDriver(this.loop, new Random(1, name));
    const host = new Host({ name }, driver);
    driver.attach(host);
    const address = `10.0.0.${number}/24`;
    const port = host.addInterface('eth0', { mac: 0x0200_0000_0000 + number, address });
    const end = number === 1 ? this.link.a : this.link.b;
    port.attach(end);
    end.attach(port);
    return host;
  }

  /** Has the server listen and hand each connection that it accepts to `accepted`. */
  serve(accepted: (socket: TcpSocket) => void, bufferLength = 0): void {
    const listener = this.server.tcpSocket();
    setBuffers(listener, bufferLength);
    listener.bind(IPV4_ANY, PORT);
    listener.listen(1000, this.loop.now);
    listener.onReady = (): void => {
      for (let s = listener.accept(); s !== undefined; s = listener.accept()) accepted(s);
    };
  }

  /** A client's socket that connects to the server. */
  connect(bufferLength = 0): TcpSocket {
    const socket = this.client.tcpSocket();
    setBuffers(socket, bufferLength);
    socket.connect(SERVER, PORT, this.loop.now);
    return socket;
  }

  /** Lets everything happen, and checks that no connection is left. */
  runToTheEnd(): void {
    this.loop.run();
    mustHold(this.client.tcp.connectionCount === 0, 'the client has connections left');
    mustHold(this.server.tcp.connectionCount === 0, 'the server has connections left');
  }
}

/**
 * What to ask for an octet that is to be sent: the kernel doubles SO_SNDBUF, and counts the memory
 * of packets, which is a tenth more than their payload.
 */
const SEND_SHARE = 1.1 / 2;

/** Gives a socket buffers for so many octets; 0 leaves those it has. */
export function setBuffers(socket: TcpSocket, length: number): void {
  if (length === 0) return;
  socket.setOption('SO_SNDBUF', Math.ceil(SEND_SHARE * length), 0);
  socket.setOption('SO_RCVBUF', length, 0);
}
