import { describe, expect, it } from 'vitest';

/** Every source file of the house, as text. Tests and fixtures may reach anywhere. */
const sources = import.meta.glob<string>(
  ['/src/**/*.ts', '/app/**/*.{ts,tsx}', '!/**/*.test.{ts,tsx}', '!/**/fixtures/**', '!/**/generated/**'],
  {
    query: '?raw',
    import: 'default',
    eager: true,
  },
);

/** Which rooms a room may import at run time (ARCHITECTURE.md). `type` imports may also cross between rooms of one storey. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  problem: [],
  metrics: [],
  data: ['problem'],
  onnx: ['problem'],
  align: ['onnx', 'problem'],
  gpu: ['problem'],
  evaluate: ['data', 'problem'],
  recipes: ['problem', 'metrics'],
  results: ['metrics', 'problem'],
  share: ['results', 'metrics', 'problem'],
  engine: ['recipes', 'evaluate', 'gpu', 'share', 'results', 'onnx', 'align', 'data', 'metrics', 'problem'],
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function roomOf(path: string): string {
  const [, top = '', room = ''] = path.split('/');
  return top === 'src' ? (room.includes('.') ? 'index' : room) : top;
}

function resolve(file: string, specifier: string): string {
  return new URL(specifier, `http://house${file}`).pathname;
}

function importsOf(file: string, text: string): readonly Import[] {
  const found: Import[] = [];
  for (const match of text.matchAll(/(?:^|\n)\s*(import|export)\s+(type\s+)?([^;'"]*?)from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/g)) {
    const specifier = match[4] ?? match[5];
    if (specifier === undefined) continue;
    const names = match[3] ?? '';
    const allTypes =
      /\{/.test(names) &&
      names
        .replace(/[{}\s]/g, '')
        .split(',')
        .filter(Boolean).length > 0 &&
      !/[{,]\s*(?!type\b)\w/.test(names);
    found.push({
      file,
      from: roomOf(file),
      to: resolve(file, specifier.replace(/\?.*$/, '')),
      typeOnly: match[2] !== undefined || allTypes,
    });
  }
  return found;
}

const imports = Object.entries(sources).flatMap(([file, text]) => importsOf(file, text));

describe('the arrows of the house', () => {
  it('sees the imports it judges', () => {
    expect(imports.length).toBeGreaterThan(300);
    expect(imports.some((one) => one.from === 'engine' && one.to === '/src/gpu/index.ts' && !one.typeOnly)).toBe(true);
  });

  it('lets rooms import only what their storey allows', () => {
    const wrong = imports.filter(({ from, to, typeOnly }) => {
      const room = roomOf(to);
      if (typeOnly || room === from || from === 'index' || from === 'app' || !to.startsWith('/src/')) return false;
      return !(arrows[from] ?? []).includes(room);
    });
    expect(wrong).toEqual([]);
  });

  it('goes through the door of every room', () => {
    const round = imports.filter(({ from, to }) => to.startsWith('/src/') && from !== roomOf(to) && !/\/index\.ts$/.test(to));
    expect(round).toEqual([]);
  });

  it('keeps React and the store out of the library, and the library out of nothing but src/index', () => {
    for (const [file, text] of Object.entries(sources)) {
      if (file.startsWith('/src/')) expect(text, file).not.toMatch(/from '(react|react-dom|zustand|recharts|@mantine)/);
    }
    const reached = imports.filter(({ from, to }) => from === 'app' && to.startsWith('/src/') && to !== '/src/index.ts');
    expect(reached).toEqual([]);
  });

  it('keeps onnxruntime-web behind one door', () => {
    const outside = Object.entries(sources).filter(
      ([file, text]) => !file.startsWith('/src/evaluate/') && /from '[^']*onnxruntime-web|import\('onnxruntime-web/.test(text),
    );
    expect(outside.map(([file]) => file)).toEqual([]);
  });
});
