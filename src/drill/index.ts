/** `tcpetri/drill`: packetdrill scripts, parsed, printed, and run in virtual time. */
export * from './stack-under-test.ts';
export * from './syntax/script.ts';
export { parseScript } from './syntax/parse-script.ts';
export { ScriptError, showPlace } from './syntax/script-error.ts';
export { tcpOptionLength, tcpOptionsLength } from './syntax/parse-tcp-options.ts';
export { printExpression } from './syntax/print-expression.ts';
export { printFlags, printPacketSpec, printSequence } from './syntax/print-packet.ts';
export { printEvent, printEventTime, printScript, printSystemCall } from './syntax/print-script.ts';
export { printTcpOption, printTcpOptions } from './syntax/print-tcp-options.ts';
export * from './record/index.ts';
export * from './fill/index.ts';
export * from './random/index.ts';
export {
  type Configuration,
  configure,
  definitionsOf,
  type GivenOption,
  type Mode,
} from './run/configuration.ts';
export type { Mismatch } from './run/live.ts';
export type {
  CapturedPacket,
  Failure,
  FailureKind,
  JournalEntry,
  RunResult,
} from './run/result.ts';
export { runScript, type RunOptions } from './run/runner.ts';
export { type HostVariation, simulatedStack } from './simulated-stack.ts';
