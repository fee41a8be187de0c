/**
 * The table of `ss`: columns as wide as their longest cell, one space between them, addresses
 * pushed to the right against their ports. What belongs to a socket beside its numbers stands last
 * and is not padded, so that it may go on in lines of its own.
 */

/** A socket's cells. */
export interface SsRow {
  readonly protocol: string;
  readonly state: string;
  readonly receiveQueue: number;
  readonly sendQueue: number;
  readonly localAddress: string;
  readonly localPort: string;
  readonly peerAddress: string;
  readonly peerPort: string;
  /** Timer, memory and so on, each part with a space before it. */
  readonly rest: string;
}

/** Which columns there are: what is the same in all rows is left out. */
export interface SsColumns {
  readonly hasHeader: boolean;
  readonly hasProtocol: boolean;
  readonly hasState: boolean;
  readonly hasQueues: boolean;
}

interface Column {
  readonly header: string;
  readonly isRight: boolean;
  /** Whether a space goes before it. */
  readonly isApart: boolean;
  readonly cell: (row: SsRow) => string;
}

/** The queues have this width even without their header. */
const QUEUE_WIDTH = 6;

const PROTOCOL = left('Netid', ({ protocol }) => protocol);
const STATE = left('State', ({ state }) => state);
const QUEUES = [
  left('Recv-Q', ({ receiveQueue }) => String(receiveQueue).padEnd(QUEUE_WIDTH)),
  left('Send-Q', ({ sendQueue }) => String(sendQueue).padEnd(QUEUE_WIDTH)),
];
const ENDS: readonly Column[] = [
  { ...left('Local Address:', ({ localAddress }) => `${localAddress}:`), isRight: true },
  { ...left('Port', ({ localPort }) => localPort), isApart: false },
  { ...left('Peer Address:', ({ peerAddress }) => `${peerAddress}:`), isRight: true },
  { ...left('Port', ({ peerPort }) => peerPort), isApart: false },
];

function left(header: string, cell: (row: SsRow) => string): Column {
  return { header, isRight: false, isApart: true, cell };
}

/** The table as text, a line for each row and more where its last cell has several. */
export function printSockets(rows: readonly SsRow[], shown: SsColumns): string {
  const columns: readonly Column[] = [
    ...(shown.hasProtocol ? [PROTOCOL] : []),
    ...(shown.hasState ? [STATE] : []),
    ...(shown.hasQueues ? QUEUES : []),
    ...ENDS,
  ];
  const table = rows.map((row) => columns.map(({ cell }) => cell(row)));
  if (shown.hasHeader) table.unshift(columns.map(({ header }) => header));
  const widths = columns.map((_, i) =>
    table.reduce((most, row) => Math.max(most, row[i]!.length), 0),
  );
  const lines = table.map((cells) =>
    cells.map((cell, i) => padded(cell, columns[i]!, widths[i]!, i > 0)).join(''),
  );
  const last = [...(shown.hasHeader ? ['Process'] : []), ...rows.map(({ rest }) => rest)];
  return lines.map((line, i) => `${line}${last[i]}\n`).join('');
}

function padded(cell: string, column: Column, width: number, isInner: boolean): string {
  const text = column.isRight ? cell.padStart(width) : cell.padEnd(width);
  return column.isApart && isInner ? ` ${text}` : text;
}
