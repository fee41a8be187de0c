/** `tcpetri/drill`: packetdrill scripts, parsed, printed, and run in virtual time. */
export * from './stack-under-test.ts';
export * from './syntax/script.ts';
