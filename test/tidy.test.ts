/** The sources keep to the rules of the project (after TigerBeetle's tidy.zig). */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadScenario, SCENARIO_NAMES } from './help/run.ts';

const ROOT = path.resolve(fileURLToPath(new URL('..', import.meta.url)));

/** The TypeScript files below a folder, as paths with slashes from the package's root. */
function filesIn(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file.replaceAll(path.sep, '/')}`)
    .toSorted();
}

const texts = new Map<string, string>();

function textOf(file: string): string {
  let text = texts.get(file);
  if (text === undefined) {
    text = readFileSync(path.join(ROOT, file), 'utf8');
    texts.set(file, text);
  }
  return text;
}

/** The text without comments, and without what is in quotes, for people. */
function codeOf(file: string): string {
  return textOf(file)
    .replaceAll(/\/\*.*?\*\//gs, '')
    .replaceAll(/(?<!:)\/\/.*$/gm, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replaceAll(/`(?:[^`\\]|\\.)*`/gs, (template) =>
      [...template.matchAll(/\$\{([^}]*)\}/g)].map(([, inside]) => inside).join(' '),
    );
}

const SOURCES = filesIn('src');
const SCENARIOS = filesIn('scenarios');
const CORE = ['wire', 'tcpdump', 'shell', 'stack', 'sim', 'services', 'drill', 'bridge'];
/** What a file of the core may use beside pure-rand. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  'src/services/dns/message.ts': ['dns-packet', 'node:buffer'],
};
const CORE_SOURCES = SOURCES.filter((file) => CORE.includes(file.split('/')[1] ?? ''));

describe('every file', () => {
  test.each([...SOURCES, ...SCENARIOS])('%s says what it is, before anything else', (file) => {
    expect(textOf(file)).toMatch(/^(?:#!.*\n)?\/\*\*(?:\n \*)? \S/);
  });

  test('has no line of more than 100 columns, tables, texts and patterns aside', () => {
    const long = [...SOURCES, ...SCENARIOS].flatMap((file) => {
      const lines = textOf(file).split('\n');
      return lines.flatMap((line, at) =>
        Array.from(line).length > 100 && !isExcused(line, lines[at - 1] ?? '')
          ? [`${file}:${at + 1}: ${line.trim()}`]
          : [],
      );
    });
    expect(long).toEqual([]);
  });

  test('is there that a comment or a document names', () => {
    const all = ['src', 'test', 'scenarios', 'bench', 'scripts'].flatMap(filesIn);
    all.push('vitest.config.ts');
    const wrong = ['ARCHITECTURE.md', 'CONTRIBUTING.md', ...SOURCES].flatMap((file) =>
      textOf(file)
        .split('\n')
        .filter((line) => file.endsWith('.md') || /^\s*(?:\*|\/[/*])/.test(line))
        .flatMap((line) => [...line.matchAll(/`(?:\.\.\/)*([a-z][\w./-]*\.ts)`/g)])
        .map(([, name = '']) => name)
        .filter((name) => !/NAME|TOPIC/.test(name)) // those that are to be written
        .filter((name) => !all.some((each) => `/${each}`.endsWith(`/${name}`)))
        .map((name) => `${file} names ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  /** Prettier does not break a text or a pattern, and leaves a table alone where it is told to. */
  function isExcused(line: string, before: string): boolean {
    const isComment = /^\s*(?:\*|\/[/*])/.test(line);
    const hasText = /(['`"/]).{30,}\1/.test(line);
    return before.includes('prettier-ignore') || (hasText && !isComment);
  }
});

/** What a file imports, as it is written. */
function importsOf(file: string): string[] {
  const found = textOf(file).matchAll(
    /^(?:import|export)\s(?:[^'"]*?\sfrom\s)?'([^']+)';|\bimport\('([^']+)'\)|new URL\('(\.[^']+|[\w-]+\.js)', import\.meta\.url\)/gm,
  );
  return [...found].map(([, from, lazy, url]) => from ?? lazy ?? url ?? '');
}

/** The file of this package that an import leads to. */
function target(file: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts');
}

describe('imports', () => {
  /** What each layer may know of. */
  const BELOW: Readonly<Record<string, readonly string[]>> = {
    wire: ['wire'],
    tcpdump: ['tcpdump', 'wire'],
    stack: ['stack', 'wire'],
    shell: ['shell', 'wire'],
    sim: ['shell', 'sim', 'stack', 'tcpdump', 'wire'],
    services: ['services', 'sim', 'stack', 'wire'],
    drill: ['drill', 'shell', 'stack', 'tcpdump', 'wire'],
    bridge: ['bridge', 'sim', 'stack', 'wire'],
    cli: ['bridge', 'cli', 'drill', 'services', 'sim', 'stack', 'tcpdump', 'wire'],
  };

  test('point one way: wire ← tcpdump ← sim, wire ← stack ← sim ← services, stack ← drill, all ← cli', () => {
    const wrong = SOURCES.flatMap((file) => {
      const [, layer = ''] = file.split('/');
      const allowed = BELOW[layer];
      if (allowed === undefined) return []; // src/index.ts
      return importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => target(file, specifier))
        .filter((to) => to.startsWith('src/') && !allowed.includes(to.split('/')[1] ?? ''))
        .map((to) => `${file} imports ${to}`);
    });
    expect(wrong).toEqual([]);
  });

  test('from another layer go through its index', () => {
    const wrong = SOURCES.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('..'))
        .map((specifier) => target(file, specifier))
        .filter((to) => to.split('/')[1] !== file.split('/')[1])
        .filter((to) => !to.endsWith('/index.ts') && !to.includes('/scenarios'))
        .filter((to) => existsSync(path.join(ROOT, to)) && to.startsWith('src/'))
        .map((to) => `${file} imports ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  test('of the core are of the core, and of pure-rand', () => {
    const foreign = CORE_SOURCES.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('pure-rand/'))
        .filter((specifier) => LIBRARIES[file]?.includes(specifier) !== true)
        .map((specifier) => `${file} imports ${specifier}`),
    );
    expect(foreign).toEqual([]);
  });

  test('lead to every file from an entry point', () => {
    const entries = ['src/index.ts', 'src/cli/main.ts', ...CORE.map((it) => `src/${it}/index.ts`)];
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file) || !SOURCES.includes(file)) return;
      reached.add(file);
      for (const specifier of importsOf(file)) visit(target(file, specifier));
    };
    for (const entry of entries) visit(entry);
    expect(SOURCES.filter((file) => !reached.has(file))).toEqual([]);
  });
});

test('the core asks no clock, no chance and no machine', () => {
  const OUTSIDE =
    /\bMath\.random\b|\b(?:Date|Buffer|console|performance|setTimeout|setInterval|globalThis\.process)\b/g;
  const wrong = CORE_SOURCES.flatMap((file) =>
    [...codeOf(file).matchAll(OUTSIDE)]
      .filter(([word]) => LIBRARIES[file]?.includes(`node:${word.toLowerCase()}`) !== true)
      .map(([word]) => `${file}: ${word}`),
  );
  expect(wrong).toEqual([]);
});

describe('causes', () => {
  const CALL =
    /(?<![\w.])cause\(\s*'([^']*)',\s*(?:'([^']*)'|"([^"]*)"),\s*(?:'([^']*)'|"([^"]*)"),?\s*\)/g;
  const causes = SOURCES.flatMap((file) =>
    [...textOf(file).matchAll(CALL)].map(([, name = '', text, text2, source, source2]) => ({
      file,
      name,
      text: text ?? text2 ?? '',
      source: source ?? source2 ?? '',
    })),
  );

  test('are constants, each with a name, words and a source', () => {
    const calls = SOURCES.filter((file) => file !== 'src/stack/cause.ts').flatMap((file) => [
      ...codeOf(file).matchAll(/(?<![\w.]|get )cause\(/g),
    ]);
    expect(causes).toHaveLength(calls.length);
    for (const { name, text, source } of causes) {
      expect(name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      expect(text).toMatch(/^\S.*[^.\s]$/);
      expect(source).toMatch(/^(?:RFC \d+|IEEE 802|Linux|scenario)/);
    }
  });

  test('have names of their own', () => {
    const seen = new Map<string, string>();
    const twice = causes.flatMap(({ file, name }) => {
      const other = seen.get(name);
      seen.set(name, file);
      return other === undefined ? [] : [`${name}: ${other} and ${file}`];
    });
    expect(twice).toEqual([]);
  });
});

describe('scenarios', () => {
  test.each(SCENARIO_NAMES)(
    '%s is called what its path is, and says in a line what it is',
    async (name) => {
      const scenario = await loadScenario(name);
      expect(scenario.name).toBe(name);
      expect(scenario.options.summary).toMatch(/^\S.{10,78}[^.\s]$/);
    },
  );

  test('import from the package as those of users do, and what several share', () => {
    const wrong = SCENARIOS.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => !/^tcpetri(\/\w+)?$|^(\.\.\/shared|\.)\/[\w-]+\.ts$/.test(specifier))
        .map((specifier) => `${file} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });
});

test('tests of TCP run over each family', () => {
  const helpers = ['../help/peer.ts', '../sim/lab.ts'];
  const wrong = ['test/tcp', 'test/rfc9293']
    .flatMap((folder) => filesIn(folder))
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => importsOf(file).some((from) => helpers.includes(from)))
    .filter((file) => !importsOf(file).includes('../help/family-test.ts'));
  expect(wrong).toEqual([]);
});

describe('what is in the repository', () => {
  const tracked = existsSync(path.join(ROOT, '.git'))
    ? execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
        .split('\0')
        .filter((file) => file !== '' && existsSync(path.join(ROOT, file)))
    : [];

  test('names no path of this machine and no host of a registry', () => {
    const here = [ROOT, `${homedir()}/`].filter((place) => place.length > 2);
    const HOST = /\b(?:registry|npm|packages|pypi)\.[\w-]+\.(?:org|com|io|dev|net)\b/;
    const wrong = tracked
      .filter((file) => !file.endsWith('.pcap') && !file.endsWith('.pcapng'))
      .filter((file) => {
        const text = readFileSync(path.join(ROOT, file), 'utf8');
        return here.some((place) => text.includes(place)) || HOST.test(text);
      });
    expect(wrong).toEqual([]);
  });

  test('is text that ends in a line feed, without tabs or spaces at ends of lines', () => {
    const wrong = tracked
      .filter((file) => /\.(?:ts|js|json|md)$/.test(file))
      .filter((file) => {
        const text = readFileSync(path.join(ROOT, file), 'utf8');
        return !text.endsWith('\n') || /[ \t]$|\t|\r/m.test(text);
      });
    expect(wrong).toEqual([]);
  });

  test('locks versions without saying where they come from', () => {
    const lock = JSON.parse(textOf('package-lock.json')) as {
      packages: Record<string, { resolved?: string; link?: boolean; integrity?: string }>;
    };
    const entries = Object.entries(lock.packages).filter(([name]) => name !== '');
    expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    expect(entries.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
  });
});
