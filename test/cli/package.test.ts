/**
 * The package as others get it: packed, laid into another project without a network, and used from
 * there: by the command, by plain ES modules, by the type checker, and where there is no Node.js.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { concat, readCapture } from '../../src/wire/index.ts';
import { clientScenario, Desk, ROOT } from './built.ts';

const desk = new Desk();
const PACKAGE = desk.path('node_modules/tcpetri');

interface PackageJson {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

function packageJson(): PackageJson {
  return JSON.parse(readFileSync(path.join(PACKAGE, 'package.json'), 'utf8')) as PackageJson;
}

/** Every file of the package, as paths within it. */
function files(): string[] {
  return readdirSync(PACKAGE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(PACKAGE, path.join(entry.parentPath, entry.name)))
    .toSorted();
}

beforeAll(() => {
  const packed = execFileSync(
    'npm',
    ['pack', '--offline', '--ignore-scripts', '--pack-destination', desk.directory],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' },
  );
  mkdirSync(PACKAGE, { recursive: true });
  const tarball = desk.path(packed.trim().split('\n').at(-1) ?? '');
  execFileSync('tar', ['-xzf', tarball, '-C', PACKAGE, '--strip-components=1']);
  // What `npm install` would put beside it, from here; and the command where npm puts commands.
  for (const name of [...Object.keys(packageJson().dependencies), 'esbuild', 'typescript']) {
    symlinkSync(path.join(ROOT, 'node_modules', name), desk.path(`node_modules/${name}`));
  }
  mkdirSync(desk.path('node_modules/.bin'));
  symlinkSync('../tcpetri/bin/tcpetri.js', desk.path('node_modules/.bin/tcpetri'));
  desk.write('package.json', '{ "name": "consumer", "private": true, "type": "module" }\n');
});

describe('what is in it', () => {
  test('what is needed and nothing else', () => {
    const folders = new Set(files().map((file) => file.split(path.sep)[0]));
    expect([...folders]).toEqual([
      'ARCHITECTURE.md',
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin',
      'dist',
      'docs',
      'package.json',
      'scenarios',
    ]);
    expect(files().filter((file) => /tsbuildinfo|\.test\.|\.map$/.test(file))).toEqual([]);
  });

  test('every entry point exists, with types', () => {
    for (const entry of Object.values(packageJson().exports)) {
      if (typeof entry === 'string') continue;
      expect(files()).toContain(path.normalize(entry.default));
      expect(files()).toContain(path.normalize(entry.default.replace(/\.js$/, '.d.ts')));
    }
  });

  test('every source is built', () => {
    const sources = (root: string, ending: string): string[] =>
      readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith(ending))
        .map((file) => file.slice(0, -ending.length))
        .toSorted();
    // Here there may be more, of sources that are gone; packing for others cleans first.
    expect(sources(path.join(PACKAGE, 'dist'), '.js')).toEqual(
      expect.arrayContaining(sources(path.join(ROOT, 'src'), '.ts')),
    );
  });
});

describe.concurrent('in another project', () => {
  const npx = (...args: string[]): ReturnType<Desk['run']> =>
    desk.run('npx', ['--offline', '--no-install', ...args]);

  test('npx tcpetri list', async () => {
    const { status, stdout } = await npx('tcpetri', 'list');
    expect(status).toBe(0);
    expect(stdout.toString()).toMatch(/^handshake +SYN, SYN-ACK, ACK/m);
  });

  test('npx tcpetri run: a scenario of the package, and one of the project', async () => {
    const { status, stdout } = await npx('tcpetri', 'run', 'handshake');
    expect(status).toBe(0);
    expect(stdout.toString()).toContain('Flags [S.]');
    const body = "process.socket('datagram').send('x', to);";
    const own = await npx('tcpetri', 'run', desk.write('own.ts', clientScenario(body)));
    expect([own.status, own.stderr]).toEqual([0, '']);
  });

  test('a scenario of the package needs no loader of TypeScript, and fails at its own line', async () => {
    const name = 'multicast/one-to-many';
    const compiled = path.join(PACKAGE, 'dist/scenarios', `${name}.js`);
    writeFileSync(compiled, readFileSync(compiled, 'utf8').replace('check(', 'check(false && '));
    const source = readFileSync(path.join(PACKAGE, 'scenarios', `${name}.ts`), 'utf8');
    const [before] = source.split('check(') as [string];
    const command = path.join(PACKAGE, 'bin/tcpetri.js');
    const none = { ESBUILD_BINARY_PATH: desk.path('none') };
    const run = await desk.run(process.execPath, [command, 'run', name], none);
    expect([run.status, run.stderr]).toEqual([
      1,
      expect.stringContaining(`${name}:${before.split('\n').length}: `),
    ]);
  });

  test('plain ES modules import every entry point', async () => {
    const names = Object.keys(packageJson().exports).filter((name) => !name.endsWith('.json'));
    const imports = names.map((name) => `tcpetri${name.slice(1)}`);
    desk.write(
      'use.js',
      [
        ...imports.map((name, at) => `import * as m${at} from '${name}';`),
        `console.log([${imports.map((_, at) => `Object.keys(m${at}).length > 2`).join(', ')}].join());`,
        "import { runScenario, scenario } from 'tcpetri';",
        "const what = scenario('x', { summary: 'x' }, ({ network }) => {",
        "  network.host('h').run('p', async (process) => process.sleep(5));",
        '});',
        'console.log((await runScenario(what)).endedAt);',
      ].join('\n'),
    );
    const { stdout, stderr } = await desk.run(process.execPath, ['use.js']);
    expect(stderr).toBe('');
    expect(stdout.toString()).toBe(`${imports.map(() => 'true').join()}\n5\n`);
  });

  test('types resolve and hold', async () => {
    desk.write(
      'consumer.ts',
      [
        "import { ms, runScenario, scenario, type Scenario, type StreamSocket } from 'tcpetri';",
        "import type { NatOptions, PortForward, Signal, SubnetPrefixes, TcpState } from 'tcpetri';",
        "import { decodeFrame, LinkType, type Frame } from 'tcpetri/wire';",
        "import { Host, linux6, type HostProfile } from 'tcpetri/stack';",
        "import { Loop, Tasks, type RunResult } from 'tcpetri/sim';",
        "import { parsePrintFlags, Printer } from 'tcpetri/tcpdump';",
        "const what: Scenario = scenario('x', { summary: 'x' }, ({ network }) => {",
        '  const [client] = network.pair({ latency: ms(1) });',
        "  client.run('c', async (process) => {",
        "    const socket: StreamSocket = process.socket('stream');",
        "    await socket.connect({ address: '10.0.0.2', port: 80 });",
        '  });',
        '});',
        'export const result: Promise<RunResult> = runScenario(what);',
        'export const profile: HostProfile = linux6;',
        'export const frame: Frame = decodeFrame(LinkType.ethernet, new Uint8Array(60));',
        "export const all: unknown[] = [Host, Loop, Tasks, new Printer(parsePrintFlags('-nn'))];",
        'export type Named = [NatOptions, PortForward, Signal, SubnetPrefixes, TcpState];',
        '// @ts-expect-error: a sequence number is no number',
        'export const wrong: number = frame.tcp!.seq + 1;',
        '',
      ].join('\n'),
    );
    desk.write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          target: 'ES2023',
          lib: ['ES2023'],
          types: [],
          module: 'nodenext',
          moduleResolution: 'nodenext',
          strict: true,
          noEmit: true,
          skipLibCheck: false,
        },
        files: ['consumer.ts'],
      }),
    );
    const tsc = desk.path('node_modules/typescript/bin/tsc');
    const { status, stdout } = await desk.run(process.execPath, [tsc, '-p', '.']);
    expect(stdout.toString()).toBe('');
    expect(status).toBe(0);
  });
});

/** The modules of the core, which run wherever JavaScript does. */
const CORE = ['wire', 'tcpdump', 'stack', 'sim', 'drill'];

describe('without Node.js', () => {
  test.each(CORE)('tcpetri/%s names nothing of it', (layer) => {
    const sources = files().filter(
      (file) => file.startsWith(path.join('dist', layer)) && file.endsWith('.js'),
    );
    expect(sources.length).toBeGreaterThan(5);
    for (const file of sources) {
      const code = readFileSync(path.join(PACKAGE, file), 'utf8')
        .replaceAll(/\/\*.*?\*\//gs, '')
        .replaceAll(/\/\/.*$/gm, '')
        .replaceAll(/'[^'\n]*'|`[^`]*`/g, "''"); // what is in quotes are words for people
      const imports = readFileSync(path.join(PACKAGE, file), 'utf8').matchAll(/ from '([^']+)'/g);
      for (const [, from = ''] of imports) expect(from).toMatch(/^(\.|pure-rand\/)/);
      expect([
        file,
        /\b(Buffer|Date|performance|console|require|globalThis\.process)\b/.exec(code)?.[0],
      ]).toEqual([file, undefined]);
      expect([file, /(?<![.\w#])process\.(env|argv|nextTick|hrtime|stdout)/.exec(code)]).toEqual([
        file,
        null,
      ]);
    }
  });

  test('a scenario runs where there are a browser’s globals only', async () => {
    desk.write('browser.js', IN_A_BROWSER);
    const esbuild = desk.path('node_modules/esbuild/bin/esbuild'); // tsx brings it
    const bundled = await desk.run(esbuild, [
      'browser.js',
      '--bundle',
      '--platform=browser',
      '--format=iife',
      '--global-name=page',
    ]);
    expect(bundled.status).toBe(0); // an import of Node.js's modules would not be found
    const { MessageChannel, TextDecoder, TextEncoder } = globalThis;
    const context = vm.createContext({ MessageChannel, TextDecoder, TextEncoder });
    expect(vm.runInContext('typeof setImmediate + typeof process + typeof Buffer', context)).toBe(
      'undefined'.repeat(3),
    );
    vm.runInContext(bundled.stdout.toString(), context);
    const page = vm.runInContext('page', context) as {
      readonly result: Promise<{ readonly events: number }>;
      readonly file: { take(): Uint8Array[] };
      readonly said: string;
    };
    expect((await page.result).events).toBeGreaterThan(15);
    expect(page.said).toBe('HELLO');
    const packets = readCapture(new Uint8Array(concat(...page.file.take())));
    expect(packets.error).toBeUndefined();
    expect(packets.records.length).toBeGreaterThan(10);
  });
});

const IN_A_BROWSER = `
import { captureFile, ms, runScenario, scenario } from 'tcpetri';
export let said = '';
const what = scenario('in-a-browser', { summary: 'x' }, ({ network }) => {
  const [client, server] = network.pair({ latency: ms(5) });
  server.run('server', async (process) => {
    const listener = process.socket('stream');
    listener.bind(80);
    listener.listen();
    const connection = await listener.accept();
    await connection.send((await connection.recvText()).toUpperCase());
  });
  client.run('client', async (process) => {
    const socket = process.socket('stream');
    await socket.connect({ address: '10.0.0.2', port: 80 });
    await socket.send('hello');
    said = await socket.recvText();
  });
});
export const file = captureFile('pcapng', what, 1);
const nothing = () => {};
export const result = runScenario(what, {
  observer: {
    captureOpened: (...event) => file.captureOpened(...event),
    frame: (...event) => file.frame(...event),
    dropped: nothing,
    stateEntered: nothing,
    reported: nothing,
  },
});
`;
