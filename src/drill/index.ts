/** `tcpetri/drill`: packetdrill scripts, parsed, printed, and run in virtual time. */
export * from './stack-under-test.ts';
export * from './syntax/script.ts';
export { parseScript } from './syntax/parse-script.ts';
export { ScriptError, showPlace } from './syntax/script-error.ts';
export { tcpOptionLength, tcpOptionsLength } from './syntax/parse-tcp-options.ts';
