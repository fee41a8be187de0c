/** Scripts from captures: what was seen becomes a test. */
export {
  type CapturedFrame,
  type Connection,
  type End,
  findConnections,
  printEnd,
} from './connection.ts';
export { type LocalEnd, RecordError, recordScript, type RecordedScript } from './recorder.ts';
