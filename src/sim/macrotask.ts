/**
 * The one thing that the simulator asks of the host it runs on: to be called back when no promise
 * reaction is left to run. A macrotask starts only when the microtask queue is empty, so the
 * callback's turn is proof that scenario code has come to rest. No timer is involved.
 */

/** A source of macrotasks. One callback at a time may be outstanding. */
export interface Macrotasks {
  /** Has `callback` called in a macrotask of its own. */
  post(callback: () => void): void;
  /** Lets go of what the host holds; nothing may be posted afterwards. */
  close(): void;
}

/** The global names used, declared here because no host's library is part of the project. */
interface Host {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port };
}

interface Port {
  addEventListener(type: 'message', listener: () => void, options: { once: true }): void;
  start(): void;
  postMessage(message: null): void;
  close(): void;
}

/**
 * Macrotasks by `setImmediate` (Node, Deno, Bun: about 1 µs each) or else by a `MessageChannel`
 * (browsers and workers).
 *
 * @throws Error when the host has neither.
 */
export function openMacrotasks(host: object = globalThis): Macrotasks {
  const { setImmediate, MessageChannel }: Host = host;
  if (setImmediate !== undefined) {
    return { post: (callback) => void setImmediate(callback), close: () => undefined };
  }
  if (MessageChannel === undefined) {
    throw new Error(
      'scenario tasks need setImmediate or MessageChannel, and this JavaScript host has neither',
    );
  }
  const { port1, port2 } = new MessageChannel();
  port1.start();
  return {
    post: (callback) => {
      port1.addEventListener('message', callback, { once: true });
      port2.postMessage(null);
    },
    close: () => port1.close(),
  };
}
