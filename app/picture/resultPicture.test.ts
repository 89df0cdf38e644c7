import { describe, expect, it } from 'vitest';
import { checkpointEvents, finish, kitEvent, machineEvents, setEvents } from '../fixtures/facts.ts';
import { applyEvent, emptyFacts, type Facts, type LabEvent, verdict } from '../lab.ts';
import { chartModel } from '../selectors/chart.ts';
import { chartSvg } from './chartSvg.ts';
import { resultPictureSvg } from './resultPicture.ts';
import { cut, textWidth, wrap } from './svgText.ts';
import { svgToPng } from './svgToPng.ts';

const date = new Date('2026-11-24T12:00:00Z');

function factsOf(...events: readonly (readonly LabEvent[])[]): Facts {
  return events.flat().reduce(applyEvent, emptyFacts());
}

const kit = factsOf([kitEvent], machineEvents, checkpointEvents(), setEvents('select'), setEvents('report'), finish());
const nasty = (index: number) => `<b>&"${'very-long-name-'.repeat(8)}${index}.onnx`;
const own = factsOf(machineEvents, checkpointEvents(40, nasty), setEvents('select'), setEvents('report'), finish());

/** Puts an SVG into the page, where the browser measures it. */
function mounted(svg: string): SVGSVGElement {
  const place = document.createElement('div');
  place.innerHTML = svg;
  document.body.append(place);
  const element = place.querySelector('svg');
  if (element === null) throw new Error('no svg');
  return element;
}

describe('the result picture', () => {
  it('is pure and well-formed whatever the files are called', () => {
    const svg = resultPictureSvg(own, verdict(own), date);
    expect(svg).toBe(resultPictureSvg(own, verdict(own), date));
    const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');
    expect(parsed.querySelector('parsererror')).toBeNull();
  });

  it('carries verdict, numbers, recipe, sets with their sizes, hash and date', () => {
    const words = mounted(resultPictureSvg(kit, verdict(kit), date)).textContent ?? '';
    for (const part of [
      'beats the best single one',
      'p = ',
      'greedy',
      'Recipe: greedy (keep when ≥)',
      'test 10,000 (report)',
      '2026-11-24',
      'Fashion-MNIST',
    ]) {
      expect(words).toContain(part);
    }
    expect(words).toContain('b4c34c63b2d3a8543461180e31365bd1d0ec6277600278cc21c07b038190299f');
  });

  it.each([
    ['a kit', kit],
    ['40 files with very long names', own],
  ])('clips nothing: %s', (_name, facts) => {
    const svg = mounted(resultPictureSvg(facts, verdict(facts), date));
    const { width, height } = svg.viewBox.baseVal;
    for (const text of svg.querySelectorAll('text')) {
      const box = text.getBBox();
      expect(box.x, text.textContent ?? '').toBeGreaterThanOrEqual(0);
      expect(box.x + box.width, text.textContent ?? '').toBeLessThanOrEqual(width);
      expect(box.y + box.height, text.textContent ?? '').toBeLessThanOrEqual(height);
    }
  });

  it('becomes a PNG of twice its size', async () => {
    const svg = resultPictureSvg(kit, verdict(kit), date);
    const png = await svgToPng(svg, 2);
    expect(png.type).toBe('image/png');
    const bitmap = await createImageBitmap(png);
    expect(bitmap.width).toBe(2400);
  });

  it('rejects what is no SVG', async () => {
    await expect(svgToPng('<svg', 2)).rejects.toThrow();
  });
});

describe('the chart as a file', () => {
  it('draws a dot for every measure and keeps inside its frame', () => {
    const model = chartModel(kit, { recipe: 'greedy', reportSet: undefined, chartSort: 'report' });
    const svg = mounted(chartSvg(model, { width: 860, height: 520 }));
    expect(svg.querySelectorAll('circle')).toHaveLength(18);
    const box = svg.querySelector('g')?.getBBox();
    expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 999) <= 860).toBe(true);
  });
});

describe('text', () => {
  it('is never wider than estimated', () => {
    const svg = mounted('<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif"><text font-size="13"></text></svg>');
    const text = svg.querySelector('text');
    if (text === null) throw new Error('no text');
    for (const words of ['run-3 + run-1', 'The greedy soup of 4 of 8 checkpoints', 'WWW mmm 0.123 ± 4.56 %', 'illicit little fill']) {
      text.textContent = words;
      expect(textWidth(words, 13) * 1.08, words).toBeGreaterThanOrEqual(text.getComputedTextLength());
    }
  });

  it('cuts in the middle and wraps at spaces', () => {
    expect(cut('vit-base-patch16-seed-12', 90, 13)).toMatch(/^v.*….*12$/);
    expect(wrap('one two three four', textWidth('one two', 13) + 1, 13)).toEqual(['one two', 'three', 'four']);
    expect(wrap('one two three four', textWidth('one two', 13) + 1, 13, false, 2)).toHaveLength(2);
  });
});
