/** `curl` and `httpd` from shells: options, files, streams, exit statuses; words of curl 7.88.1. */
import { describe, expect, test } from 'vitest';
import { runScenario, scenario, type SimulatedHost } from '../../src/sim/index.ts';
import { ms, seconds } from '../../src/stack/index.ts';
import { SERVICE_PROGRAMS } from '../../src/services/index.ts';

/** What somebody does at a client of a server, 10.0.0.2, that serves the file `page`. */
async function atClient(
  body: (client: SimulatedHost, server: SimulatedHost) => Promise<void>,
): Promise<void> {
  const what = scenario('curl', { summary: 'a test' }, ({ network }) => {
    const [client, server] = network.pair({ latency: ms(1) });
    server.files.write('page', 'hello\n');
    server.start('httpd > log', { daemon: true });
    client.run('user', async (process) => {
      await process.sleep(ms(1));
      await body(client, server);
    });
  });
  await runScenario(what, { programs: SERVICE_PROGRAMS });
}

const PAGE = 'http://10.0.0.2:8000/page';

async function said(line: string): Promise<{ output: string; status: number }> {
  let result = { output: '', status: -1 };
  await atClient(async (client) => {
    client.files.write('form', 'a=1\r\nb=2\n');
    const job = client.start(line);
    result = { status: await job.ended, output: job.output };
  });
  return result;
}

describe('a request', () => {
  test('goes to standard output, a pipe or a file', async () => {
    await atClient(async (client, server) => {
      expect(await client.sh(`curl -s ${PAGE}`)).toBe('hello\n');
      expect(await client.sh(`curl -s ${PAGE} | wc -c`)).toBe('6\n');
      await client.sh(`curl -s -o copy ${PAGE}; curl ${PAGE.slice('http://'.length)} >> copy`);
      expect(client.files.readText('copy')).toBe('hello\nhello\n');
      expect(await client.sh(`curl -s -d 'a=1' -d b=2 ${PAGE} || true`)).toBe('POST: not here\n');
      expect(server.files.readText('log').split('\n').at(-2)).toBe('10.0.0.1 "POST /page" 405');
    });
  });

  test('-v -i -H -A --local-port', async () => {
    const own = "-H 'X-Y: 1' -H Accept: -A me --local-port 40000-40001";
    const { output, status } = await said(`curl -v -i ${own} ${PAGE}`);
    expect(status).toBe(0);
    expect(output).toBe(`*   Trying 10.0.0.2:8000...
* Local port: 40000
* Connected to 10.0.0.2 (10.0.0.2) port 8000 (#0)
> GET /page HTTP/1.1
> Host: 10.0.0.2:8000
> User-Agent: me
> X-Y: 1
>\x20
< HTTP/1.1 200 OK
HTTP/1.1 200 OK
< Accept-Ranges: bytes
Accept-Ranges: bytes
< Content-Length: 6
Content-Length: 6

<\x20
hello
* Connection #0 to host 10.0.0.2 left intact
`);
  });

  test('-d of a file, -X', async () => {
    const { output } = await said(`curl -v -X PUT -d @form ${PAGE} 2>&1 | grep '^>'`);
    expect(output).toBe(`> PUT /page HTTP/1.1
> Host: 10.0.0.2:8000
> User-Agent: curl/7.88.1
> Accept: */*
> Content-Length: 6
> Content-Type: application/x-www-form-urlencoded
>\x20
`);
  });
});

test('--connect-timeout', async () => {
  let output = '';
  await atClient(async (client) => {
    const before = client.now;
    const job = client.start('curl -v --connect-timeout 1 http://10.0.0.77/');
    expect(await job.ended).toBe(28);
    expect(client.now - before).toBe(seconds(1));
    output = job.output;
  });
  expect(output).toBe(`*   Trying 10.0.0.77:80...
* ipv4 connect timeout after 1000ms, move on!
* Failed to connect to 10.0.0.77 port 80 after 1000 ms: Timeout was reached
* Closing connection 0
curl: (28) Failed to connect to 10.0.0.77 port 80 after 1000 ms: Timeout was reached
`);
});

const HINT = "curl: try 'curl --help' or 'curl --manual' for more information\n";
test.each([
  ['curl', 2, `curl: no URL specified!\n${HINT}`],
  ['curl --foo', 2, `curl: option --foo: is unknown\n${HINT}`],
  ['curl -d', 2, `curl: option -d: requires parameter\n${HINT}`],
  [`curl --local-port x ${PAGE}`, 2, `curl: option --local-port: is badly used here\n${HINT}`],
  [
    `curl --connect-timeout x ${PAGE}`,
    2,
    `curl: option --connect-timeout: expected a proper numerical parameter\n${HINT}`,
  ],
  ['curl http://:0/', 3, 'curl: (3) URL using bad/illegal format or missing URL\n'],
  ['curl http://nosuch/', 6, 'curl: (6) Could not resolve host: nosuch\n'],
  [`curl -6 ${PAGE}`, 7, "curl: (7) Couldn't connect to server\n"],
  [
    'curl http://10.0.0.2:81/',
    7,
    "curl: (7) Failed to connect to 10.0.0.2 port 81 after 4 ms: Couldn't connect to server\n",
  ],
  ['curl -s http://10.0.0.2:81/', 7, ''],
  ['curl -f http://10.0.0.2:8000/no', 22, 'curl: (22) The requested URL returned error: 404\n'],
  ['httpd -p x', 2, 'usage: httpd [-p port]\n'],
])('%s ends with %i', async (line, status, output) => {
  expect(await said(line)).toEqual({ status, output });
});
