/** What a script expects, changed in one place: such a script must fail. */
import type {
  EventTime,
  PacketSpec,
  Script,
  ScriptEvent,
  TcpOptionSpec,
  TcpSpec,
} from '../../src/drill/index.ts';

/** A script with one wrong expectation, and which one it is. */
export interface Mutation {
  readonly line: number;
  readonly what: string;
  readonly script: Script;
}

/** Every way to spoil one number of one expected packet that the runner compares. */
export function mutationsOf(script: Script): readonly Mutation[] {
  return script.events.flatMap((event, at) =>
    spoilt(event).map(([what, wrong]) => ({
      line: event.place.line,
      what,
      script: { ...script, events: script.events.with(at, wrong) },
    })),
  );
}

type Named<T> = readonly [what: string, wrong: T];

function spoilt(event: ScriptEvent): readonly Named<ScriptEvent>[] {
  const { action, time } = event;
  if (action.kind !== 'packet' || action.direction !== 'outbound') return [];
  return [
    ...spoiltTransports(action).map(([what, transport]): Named<ScriptEvent> => [
      what,
      { ...event, action: { ...action, transport } },
    ]),
    ...spoiltTimes(time).map(([what, wrong]): Named<ScriptEvent> => [
      what,
      { ...event, time: wrong },
    ]),
  ];
}

/** Later by more than any tolerance. */
function spoiltTimes(time: EventTime): readonly Named<EventTime>[] {
  if (time.kind !== 'relative') return [];
  return [['time', { ...time, after: time.after + Math.ceil(time.after / 2) + 10_000 }]];
}

function spoiltTransports({ transport }: PacketSpec): readonly Named<PacketSpec['transport']>[] {
  switch (transport.kind) {
    case 'tcp':
      return spoiltSegments(transport);
    case 'udp':
      return [['length', { ...transport, payloadLength: transport.payloadLength + 1 }]];
    default:
      return [];
  }
}

function spoiltSegments(segment: TcpSpec): readonly Named<TcpSpec>[] {
  const { flags, sequence, ack, window, options } = segment;
  const all: Named<TcpSpec>[] = [
    ['PSH', { ...segment, flags: { ...flags, psh: !flags.psh } }],
    ['FIN', { ...segment, flags: { ...flags, fin: !flags.fin } }],
  ];
  if (sequence.kind === 'relative') {
    const { length } = sequence;
    all.push(['length', { ...segment, sequence: { ...sequence, length: length + 1 } }]);
    // A SYN's number is what the script calls our initial sequence number.
    const start = sequence.start + 1;
    if (!flags.syn) all.push(['start', { ...segment, sequence: { ...sequence, start } }]);
  }
  if (ack !== undefined) all.push(['ack', { ...segment, ack: { ...ack, value: ack.value + 1 } }]);
  if (window !== undefined) all.push(['win', { ...segment, window: window ^ 1 }]);
  if (options !== 'any') {
    options.forEach((option, at) => {
      const wrong = spoiltOption(option);
      if (wrong === undefined) return;
      all.push([option.kind, { ...segment, options: options.with(at, wrong) }]);
    });
  }
  return all;
}

/** Of a timestamp nothing is compared, unless the script asks for it. */
function spoiltOption(option: TcpOptionSpec): TcpOptionSpec | undefined {
  switch (option.kind) {
    case 'mss':
      return { ...option, mss: option.mss + 1 };
    case 'wscale':
      return { ...option, shift: option.shift + 1 };
    case 'sack': {
      const [first, ...rest] = option.blocks;
      return first && { ...option, blocks: [{ ...first, right: first.right + 1 }, ...rest] };
    }
    default:
      return undefined;
  }
}
