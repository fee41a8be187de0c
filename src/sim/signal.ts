/** The signals that end processes, or tell them something (signal(7)). */

/** Their numbers. */
export const SIGNALS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGPIPE: 13,
  SIGTERM: 15,
} as const;

export type Signal = keyof typeof SIGNALS;

/** The signal by a name, with or without `SIG`, or by its number; nothing for what is none. */
export function signalOf(text: string): Signal | undefined {
  const name = text.toUpperCase().replace(/^(?!SIG)/, 'SIG');
  return (Object.keys(SIGNALS) as Signal[]).find(
    (signal) => signal === name || String(SIGNALS[signal]) === text,
  );
}

/** What a shell says is the status of a process that the signal ended. */
export function statusOf(signal: Signal): number {
  return 128 + SIGNALS[signal];
}
