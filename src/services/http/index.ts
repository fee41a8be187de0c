/** HTTP/1.1: a server, a client, and curl. */
export { type BodySource, type Content, patternContent } from './body.ts';
export * from './client.ts';
export { curl, curlProgram } from './curl.ts';
export { type FieldLine, HttpFields } from './fields.ts';
export type { MinorVersion, RequestHead, ResponseHead } from './head.ts';
export * from './message-error.ts';
export * from './server.ts';
