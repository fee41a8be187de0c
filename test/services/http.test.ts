/** The HTTP server and client: bodies of every kind, ranges, connections that persist, and noise. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fetchHttp,
  HttpConnection,
  type HttpHandler,
  patternContent,
  serveHttp,
} from '../../src/services/index.ts';
import type { Process } from '../../src/sim/index.ts';
import { concat, fromUtf8, utf8 } from '../../src/wire/index.ts';
import { play, SERVER } from '../sim/lab.ts';

const ADDRESS = 'http://10.0.0.2';

/** Runs a client against a server with this handler. */
async function against(
  handler: HttpHandler,
  client: (process: Process) => Promise<void>,
): Promise<void> {
  await play(({ network }) => {
    const [a, b] = network.pair({ latency: 1000 });
    b.run('httpd', (process) => serveHttp(process, handler), { daemon: true });
    a.run('client', client);
  });
}

const ECHO: HttpHandler = async (request) => ({ body: await request.whole() });
const CONTENT: HttpHandler = () => ({ body: patternContent(1000) });
const WHOLE = concat(...patternContent(1000).read(0, 1000));

async function* inPieces(...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield utf8(piece);
}

/** Sends octets as they are, and reads all that comes back. */
async function raw(process: Process, ...pieces: readonly (string | Uint8Array)[]): Promise<string> {
  const socket = process.socket('stream');
  await socket.connect(SERVER);
  for (const piece of pieces) await socket.send(piece);
  socket.shutdown('write');
  const answer = fromUtf8(await socket.recvAll());
  await socket.close();
  return answer;
}

test('GET: the status, the fields and the body', () =>
  against(
    ({ path, method, client }) => ({
      status: 404,
      fields: [['X-Asked', `${method} ${path} ${client?.address}`]],
      body: 'not here\n',
    }),
    async (process) => {
      const { status, reason, fields, body } = await fetchHttp(process, `${ADDRESS}/a/b?c`);
      expect([status, reason, fromUtf8(body)]).toEqual([404, 'Not Found', 'not here\n']);
      expect(fields.get('x-asked')).toBe('GET /a/b 10.0.0.1');
      expect(fields.get('content-length')).toBe('9');
    },
  ));

test('POST: any octets come back as they went', () =>
  fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 70_000, size: 'max' }), async (body) => {
      await against(ECHO, async (process) => {
        const response = await fetchHttp(process, `${ADDRESS}/`, { method: 'POST', body });
        expect(response.body).toEqual(body);
      });
    }),
    { numRuns: 8 },
  ));

test('requests go over one connection, one after the other', () =>
  against(
    ({ path }) => ({ body: path === '/pieces' ? inPieces('a', '', 'bc') : path }),
    async (process) => {
      const socket = process.socket('stream');
      await socket.connect(SERVER);
      const connection = new HttpConnection(socket);
      for (const [target, body] of [
        ['/1', '/1'],
        ['/pieces', 'abc'],
        ['/3', '/3'],
      ] as const) {
        const response = await connection.request({ target, fields: [['Host', 'x']] });
        expect(response.persists).toBe(true);
        expect(fromUtf8(await response.whole())).toBe(body);
      }
      await connection.close();
    },
  ));

test('HEAD: the fields of GET without the body', () =>
  against(CONTENT, async (process) => {
    const { fields, body } = await fetchHttp(process, ADDRESS, { method: 'HEAD' });
    expect(fields.get('content-length')).toBe('1000');
    expect(body).toHaveLength(0);
  }));

test.each([
  ['bytes=0-9', 206, 0, 10],
  ['bytes=990-', 206, 990, 1000],
  ['bytes=-5', 206, 995, 1000],
  ['bytes=-5000', 206, 0, 1000],
  ['bytes=999-5000', 206, 999, 1000],
  ['bytes=1000-', 416, 0, 0],
  ['bytes=-0', 416, 0, 0],
  ['bytes=9-0', 200, 0, 1000],
  ['bytes=0-1,3-4', 200, 0, 1000],
  ['lines=0-1', 200, 0, 1000],
])('Range: %s gives %d', (range, status, start, end) =>
  against(CONTENT, async (process) => {
    const response = await fetchHttp(process, ADDRESS, { fields: [['Range', range]] });
    expect(response.status).toBe(status);
    expect(response.body).toEqual(WHOLE.subarray(start, end));
    const told = { 200: null, 206: `bytes ${start}-${end - 1}/1000`, 416: 'bytes */1000' }[status];
    expect(response.fields.get('content-range') ?? null).toBe(told);
  }),
);

test('10 MB from nowhere arrive', () =>
  against(
    () => ({ body: patternContent(10_000_000) }),
    async (process) => {
      const socket = process.socket('stream');
      await socket.connect(SERVER);
      const connection = new HttpConnection(socket);
      const response = await connection.request({ target: '/', fields: [['Host', 'x']] });
      let octets = 0;
      let last = '';
      for await (const piece of response.body) {
        octets += piece.length;
        last = fromUtf8(piece.subarray(-64, -49));
      }
      expect(octets).toBe(10_000_000);
      expect(last).toBe('000000009999936');
      await connection.close();
    },
  ));

describe('raw requests', () => {
  const GET = 'GET / HTTP/1.1\r\nHost: x\r\n';

  test.each([
    ['three words', `GET / x HTTP/1.1\r\nHost: x\r\n\r\n`, 400],
    ['no version', 'GET /\r\n\r\n', 400],
    ['another major version', 'GET / HTTP/2.0\r\nHost: x\r\n\r\n', 505],
    ['no token', 'G\u0001T / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', `${GET}Host: y\r\n\r\n`, 400],
    ['a blank before the colon', `${GET}A : b\r\n\r\n`, 400],
    ['a line that goes on', `${GET}A: b\r\n c\r\n\r\n`, 400],
    ['a CR alone', `${GET}A: b\rc\r\n\r\n`, 400],
    ['a NUL', `${GET}A: b\0c\r\n\r\n`, 400],
    ['a long target', `GET /${'x'.repeat(9000)} HTTP/1.1\r\n`, 414],
    ['a long field', `${GET}A: ${'x'.repeat(9000)}\r\n`, 431],
    ['many fields', `${GET}${'A: 1234567890\r\n'.repeat(3000)}\r\n`, 431],
    ['a negative length', `${GET}Content-Length: -1\r\n\r\n`, 400],
    ['two lengths', `${GET}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400],
    ['length and chunks', `${GET}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
    ['another coding', `${GET}Transfer-Encoding: gzip\r\n\r\n`, 501],
    ['a bad chunk', `${GET}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`, 400],
    ['a chunk too long', `${GET}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n`, 400],
    ['an empty line first', `\r\n${GET}\r\n`, 200],
    ['LF only', 'GET / HTTP/1.1\nHost: x\n\n', 200],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', 200],
    ['chunks', `${GET}Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nA: b\r\n\r\n`, 200],
    ['one length twice', `${GET}Content-Length: 2\r\nContent-Length: 2\r\n\r\nab`, 200],
    ['an absolute target', 'GET http://x/y HTTP/1.1\r\nHost: x\r\n\r\n', 200],
  ])('%s: %s', (_what, request, status) =>
    against(ECHO, async (process) => {
      const answer = await raw(process, request);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      if (status !== 200) expect(answer).toContain('Connection: close\r\n');
    }),
  );

  test('two in one segment have two answers', () =>
    against(ECHO, async (process) => {
      const answer = await raw(process, `${GET}\r\n${GET}Connection: close\r\n\r\n`);
      expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    }));

  test('who waits to be asked for a body is asked', () =>
    against(ECHO, async (process) => {
      const head = `${GET}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`;
      const answer = await raw(process, head, 'ab');
      expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK[^]*ab$/);
    }));

  test('law: octets that are no request have an answer of 4xx or 5xx, or none', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 200 }),
            fc.constantFrom(GET, '\r\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n'),
          ),
          { maxLength: 8 },
        ),
        async (pieces) => {
          await against(ECHO, async (process) => {
            expect(await raw(process, ...pieces)).toMatch(/^(?:HTTP\/1\.1 [245]\d\d |$)/);
          });
        },
      ),
      { numRuns: 100 },
    ));

  test('law: however a request is cut, its answer is the same', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat(90), { maxLength: 5 }), async (cuts) => {
        const request = `${GET}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`;
        const ends = [0, ...cuts.toSorted((a, b) => a - b), request.length];
        const pieces = ends.slice(1).map((end, i) => request.slice(ends[i], end));
        await against(ECHO, async (process) => {
          expect(await raw(process, ...pieces)).toMatch(/200 OK[^]*\r\n\r\nabcde$/);
        });
      }),
      { numRuns: 30 },
    ));
});

test('law: a client survives any answer', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 100 }),
          fc.constantFrom('HTTP/1.1 200 OK\r\n', 'HTTP/1.1 100 \r\n\r\n', '\r\n', 'A: b\r\n'),
        ),
        { maxLength: 6 },
      ),
      async (pieces) => {
        await play(({ network }) => {
          const [a, b] = network.pair();
          b.run('noise', async (process) => {
            const listener = process.socket('stream');
            listener.bind(80);
            listener.listen();
            const connection = await listener.accept();
            for (const piece of pieces) await connection.send(piece);
            connection.shutdown('write');
            await connection.recvAll();
          });
          a.run('client', async (process) => {
            await process.sleep(1000);
            const name = await fetchHttp(process, ADDRESS).then(
              ({ status }) => `${status}`,
              (error: Error) => error.name,
            );
            expect(name).toMatch(/^(?:\d{3}|MessageError|IncompleteMessage|SocketError)$/);
          });
        });
      },
    ),
    { numRuns: 60 },
  ));
