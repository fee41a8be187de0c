/** Our curl prints what curl 7.88.1 printed on a terminal, for the same answers. */
import { describe, expect, test } from 'vitest';
import { curl, StubResolver } from '../../src/services/index.ts';
import { firewall } from '../../src/stack/index.ts';
import { parseIp } from '../../src/wire/index.ts';
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
    ['-x http://host/', 'option -x: is unknown'],
    ['http://host/ http://host/', 'one address at a time'],
    ['ftp://host/', 'not an address'],
    ['http://host:0/', 'not a port: 0'],
    ['-v', 'no URL specified!'],
  ])('%j is refused: %s', (commandLine, message) =>
    expect(against(undefined, commandLine)).rejects.toThrow(message),
  );
});

describe('a server of several addresses', () => {
  /** What `curl -v` says when the server listens on some addresses, and others swallow packets. */
  async function trying(
    addresses: readonly string[],
    listens: string | undefined,
    swallows: readonly string[] = [],
  ): Promise<{ lines: string[]; took: number }> {
    let [text, took] = ['', 0];
    await play(({ network }) => {
      const both = ['10.0.0.0/24', '2001:db8::/64'];
      const rules = swallows.map((destination) => ({ destination, verdict: 'drop' as const }));
      const client = network.host('client');
      const server = network.host('server', { boxes: [firewall({ input: rules })] });
      network.link(client, server, { subnet: both });
      client.resolver = { resolve: () => Promise.resolve(addresses.map(parseIp)) };
      if (listens !== undefined) {
        server.run('server', async (process) => {
          const listener = process.socket('stream');
          listener.bind(80, listens);
          listener.listen();
          const connection = await listener.accept();
          await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
          await connection.recvAll();
        });
      }
      client.run('curl', async (process) => {
        await process.sleep(1);
        const began = process.now;
        text = await curl(process, '-v http://host/');
        took = process.now - began;
      });
    });
    const lines = text.split('\n').filter((line) => /Trying|connect to|Connected/.test(line));
    return { lines, took: Math.floor(took / 1e6) };
  }
  const [V4, V6] = ['10.0.0.2', '2001:db8::2'];
  const refused = (address: string): string =>
    `* connect to ${address} port 80 failed: Connection refused`;

  test('what is refused gives way to the next, of whichever family', async () => {
    expect((await trying([V6, V4], V4)).lines).toEqual([
      `*   Trying [${V6}]:80...`,
      refused(V6),
      `*   Trying ${V4}:80...`,
      `* Connected to host (${V4}) port 80 (#0)`,
    ]);
  });

  test('the other family joins after 200 ms, and who answers first is taken', async () => {
    const { lines, took } = await trying([V6, V4], V4, [`${V6}/128`]);
    expect(lines).toEqual([
      `*   Trying [${V6}]:80...`,
      `*   Trying ${V4}:80...`,
      `* Connected to host (${V4}) port 80 (#0)`,
    ]);
    expect(took).toBe(200);
  });

  test('nobody answers: all are tried, and the first family’s error is told', async () => {
    const { lines } = await trying([V4, '10.0.0.1', V6], undefined);
    const failed = "Failed to connect to host port 80 after 0 ms: Couldn't connect to server";
    expect(lines).toEqual([
      `*   Trying ${V4}:80...`,
      refused(V4),
      '*   Trying 10.0.0.1:80...',
      refused('10.0.0.1'),
      `*   Trying [${V6}]:80...`,
      refused(V6),
      `* ${failed}`,
      `curl: (7) ${failed}`,
    ]);
  });
});
