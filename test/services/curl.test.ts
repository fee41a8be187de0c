/** Our curl prints what curl 7.88.1 printed on a terminal, for the same answers. */
import { describe, expect, test } from 'vitest';
import { curl, StubResolver } from '../../src/services/index.ts';
import { play } from '../sim/lab.ts';

/** Runs curl against a server that answers one request with these octets. */
async function against(answer: string | undefined, commandLine: string): Promise<string> {
  let text = '';
  await play(({ network }) => {
    const [a, b] = network.pair();
    a.resolver = new StubResolver({ hosts: { host: '10.0.0.2', here: '10.0.0.1' } });
    if (answer !== undefined) {
      b.run('server', async (process) => {
        const listener = process.socket('stream');
        listener.bind(8080);
        listener.listen();
        const connection = await listener.accept();
        await connection.recv();
        await connection.send(answer);
        connection.shutdown('write');
        await connection.recvAll();
      });
    }
    a.run('curl', async (process) => {
      await process.sleep(1);
      text = await curl(process, commandLine);
    });
  });
  return text;
}

const URL = 'http://host:8080/x';
const CONNECTED = `*   Trying 10.0.0.2:8080...
* Connected to host (10.0.0.2) port 8080 (#0)
`;
const AGENT = `> Host: host:8080
> User-Agent: curl/7.88.1
> Accept: */*
`;
const INTACT = '* Connection #0 to host host left intact\n';
const CLOSING = '* Closing connection 0\n';

describe('curl', () => {
  test('prints the body', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi\n';
    expect(await against(answer, URL)).toBe('hi\n');
  });

  test.each([
    ['Content-Length: 3\r\n\r\nhi\n', '< Content-Length: 3\n', INTACT],
    [
      'Transfer-Encoding: chunked\r\n\r\n3\r\nhi\n\r\n0\r\n\r\n',
      '< Transfer-Encoding: chunked\n',
      INTACT,
    ],
    ['Connection: close\r\n\r\nhi\n', '< Connection: close\n', CLOSING],
  ])('-v, %j', async (rest, shown, end) => {
    expect(await against(`HTTP/1.1 200 OK\r\n${rest}`, `-v ${URL}`)).toBe(
      `${CONNECTED}> GET /x HTTP/1.1\n${AGENT}> \n< HTTP/1.1 200 OK\n${shown}< \nhi\n${end}`,
    );
  });

  test('-v -I', async () => {
    const answer = 'HTTP/1.1 404 Not Found\r\nContent-Length: 30\r\n\r\n';
    expect(await against(answer, `-v -I ${URL}`)).toBe(
      `${CONNECTED}> HEAD /x HTTP/1.1\n${AGENT}> \n< HTTP/1.1 404 Not Found
HTTP/1.1 404 Not Found
< Content-Length: 30
Content-Length: 30

<${' '}
${INTACT}`,
    );
  });

  test('-v -d', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi\n';
    expect(await against(answer, `-v -d a=b ${URL}`)).toContain(
      `> POST /x HTTP/1.1\n${AGENT}> Content-Length: 3
> Content-Type: application/x-www-form-urlencoded
>${' '}
< HTTP/1.1 200 OK`,
    );
  });

  test('-v -r', async () => {
    const answer = 'HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\n\r\ni\n';
    expect(await against(answer, `-v -r 1-2 ${URL}`)).toContain(
      '> Host: host:8080\n> Range: bytes=1-2\n> User-Agent: curl/7.88.1\n',
    );
  });

  test('a body that ends early', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc';
    expect(await against(answer, `-v ${URL}`)).toContain(
      `< \n* transfer closed with 27 bytes remaining to read
* Closing connection 0
curl: (18) transfer closed with 27 bytes remaining to read
abc`,
    );
  });

  test.each([
    ['', '(52) Empty reply from server'],
    ['SSH-2.0\r\n', '(1) Received HTTP/0.9 when not allowed'],
  ])('no answer: %j', async (answer, error) => {
    const text = error.replace(/^\(\d+\) /, '');
    expect(await against(answer, `-v ${URL}`)).toBe(
      `${CONNECTED}> GET /x HTTP/1.1\n${AGENT}> \n* ${text}\n* Closing connection 0\ncurl: ${error}\n`,
    );
  });

  test('nobody there', async () => {
    const failed = "Failed to connect to host port 8080 after 0 ms: Couldn't connect to server";
    expect(await against(undefined, `-v ${URL}`)).toBe(`*   Trying 10.0.0.2:8080...
* connect to 10.0.0.2 port 8080 failed: Connection refused
* ${failed}
* Closing connection 0
curl: (7) ${failed}
`);
    expect(await against(undefined, 'http://nobody/')).toBe(
      'curl: (6) Could not resolve host: nobody\n',
    );
  });

  test.each([
    ['', 'not an address'],
    ['-x http://host/', 'curl: -x is not an option here'],
    ['http://host/ http://host/', 'curl: one address at a time'],
    ['ftp://host/', 'not an address'],
    ['http://host:0/', 'not a port: 0'],
    ['-v', 'curl: no address'],
  ])('%j is refused: %s', (commandLine, message) =>
    expect(against(undefined, commandLine)).rejects.toThrow(message),
  );
});
