import { describe, expect, it } from 'vitest';
import { byHandEvents, checkpointEvents, finish, kitEvent, machineEvents, middle, setEvents, untilGreedy } from '../fixtures/facts.ts';
import { applyEvent, emptyFacts, type Facts, type LabEvent, verdict, wilson } from '../lab.ts';
import { chartDomain, chartModel, howToRead, lineLabels, sortRows } from './chart.ts';
import { checkpointLines, sortLines } from './checkpoints.ts';
import { decisions, spared, whatWentIn, whyGreedy } from './greedy.ts';
import { type Measure, measure } from './measure.ts';
import { preprocessingWords } from './preprocessing.ts';
import { share, timeLeft, unfinished } from './progress.ts';
import { caveats, separation } from './sets.ts';
import { labels, soupOf } from './soups.ts';
import { twinCsv, twinTable } from './table.ts';

function factsOf(...events: readonly (readonly LabEvent[])[]): Facts {
  return events.flat().reduce(applyEvent, emptyFacts());
}

const ready = [[kitEvent], machineEvents, checkpointEvents(), setEvents('select'), setEvents('report')] as const;
const finished = factsOf(...ready, finish());
const half = factsOf(...ready, middle());
const look = { recipe: 'greedy', reportSet: undefined, chartSort: 'report' } as const;

function at(accuracy: number, half = 0.01): Measure {
  return { correct: 0, done: 1, n: 1, accuracy, low: accuracy - half, high: accuracy + half, loss: 0, complete: true };
}

describe('measure', () => {
  it('is the count so far with its Wilson interval', () => {
    const row = finished.rows.find((one) => one.id === 'run-1');
    const score = row?.scores['set-test'];
    const found = measure(row, 'set-test');
    expect(found?.correct).toBe(score?.correct);
    expect([found?.low, found?.high]).toEqual(wilson(score?.correct ?? 0, 10000));
    expect(measure(row, 'no such set')).toBeUndefined();
  });

  it('narrows as blocks arrive', () => {
    const early = measure(
      half.rows.find((one) => one.id === 'run-1'),
      'set-test',
    );
    const late = measure(
      finished.rows.find((one) => one.id === 'run-1'),
      'set-test',
    );
    expect(early?.complete).toBe(false);
    expect((early?.high ?? 0) - (early?.low ?? 0)).toBeGreaterThan((late?.high ?? 1) - (late?.low ?? 0));
  });
});

describe('chart', () => {
  it('has a row for every checkpoint, sorted, the base last, and a line for every mixture', () => {
    const model = chartModel(finished, look);
    expect(model.rows).toHaveLength(9);
    expect(model.rows.at(-1)?.base).toBe(true);
    const accuracies = model.rows.slice(0, -1).map((row) => row.report?.accuracy ?? 0);
    expect(accuracies).toEqual(accuracies.toSorted((a, b) => b - a));
    expect(model.lines.map((line) => [line.name, line.kind])).toEqual([
      ['uniform', 'soup'],
      ['greedy', 'shown'],
      ['ensemble', 'ensemble'],
    ]);
    expect(model.complete).toBe(true);
    expect(sortRows(model.rows, 'name').map((row) => row.name)).toEqual([...Array.from({ length: 8 }, (_, i) => `run-${i + 1}`), 'base']);
  });

  it('draws the lines on select until a report set has been scored, and never a soup that is still cooking', () => {
    const model = chartModel(factsOf(...ready, untilGreedy()), look);
    expect(model.lineSet?.name).toBe('select');
    expect(model.lines.map((line) => line.name)).toEqual(['uniform']);
  });

  it('gives every line label a tier of its own, ordered so that no line crosses a label', () => {
    const placed = lineLabels(chartModel(factsOf(...ready, finish(), byHandEvents()), look));
    expect(new Set(placed.map((label) => label.tier)).size).toBe(4);
    for (const one of placed) {
      for (const other of placed) {
        // Labels stand left of their line: a line further left must end below them.
        if (one.anchor === 'end' && other.line.measure.accuracy < one.line.measure.accuracy) expect(other.tier).toBeLessThan(one.tier);
      }
    }
  });

  it('truncates the axis to round ticks around what is near the best, and lets an outlier go', () => {
    const { domain, ticks } = chartDomain([at(0.9), at(0.895), at(0.89), at(0.31)]);
    expect(domain[0]).toBeGreaterThan(0.85);
    expect(domain[1]).toBeLessThan(0.93);
    expect(ticks.every((tick) => Math.abs(tick * 1000 - Math.round(tick * 1000)) < 1e-9)).toBe(true);
    expect(chartDomain([]).domain).toEqual([0, 1]);
    expect(chartDomain([at(1, 0)]).domain[1]).toBe(1);
  });

  it('says how to read it with the sets by name', () => {
    expect(howToRead(chartModel(finished, look))).toMatch(/○ select.*● test.*95 %/);
    expect(howToRead(chartModel(emptyFacts(), look))).toMatch(/held-out set/);
  });
});

describe('greedy', () => {
  const soup = soupOf(finished, 'greedy');

  it('reads its decisions step by step', () => {
    const steps = decisions(finished, soup);
    expect(steps.map((step) => [step.name, step.outcome]).slice(0, 4)).toEqual([
      ['run-1', 'start'],
      ['run-2', 'kept'],
      ['run-7', 'kept'],
      ['run-4', 'left out'],
    ]);
    expect(steps[0]?.change).toBe('89.88');
    expect(steps[1]?.change).toBe('+0.26');
    expect(steps[3]?.change).toBe('−0.06');
    expect(steps[5]).toMatchObject({ change: 'below', detail: 'stopped after 1,650 of 5,000' });
  });

  it('counts what early stopping spared', () => {
    expect(spared(soup)).toEqual({ spared: 3 * 5000 - (1650 + 1780 + 1910), total: 40_000 });
  });

  it('answers why and what', () => {
    expect(whyGreedy(finished, soup)).toBe(
      '4 of 8 left out: with any of them in, fewer examples of select come out right. The nearest, run-4, missed by 3 of 5,000 examples.',
    );
    expect(whatWentIn(finished, soup)).toBe(
      '(run-1 + run-2 + run-7 + run-5) ÷ 4; 10 tensors averaged of a network with 79,242 parameters, 1 the same in all and kept.',
    );
    expect(whyGreedy(half, soupOf(half, 'greedy'))).toBeUndefined();
    const [first, ...rest] = soup?.steps ?? [];
    if (soup === undefined || first === undefined) throw new Error('no greedy soup in the fixture');
    const alone = { ...soup, steps: [first, ...rest.map((step) => ({ ...step, accepted: false, correct: 4400, needed: 4494 }))] };
    expect(whyGreedy(finished, alone)).toMatch(
      /^Only run-1 is kept: averaged with any other, it gets fewer than its 89.88 % right on select/,
    );
  });
});

describe('tables', () => {
  it('has every row on every set with exact counts', () => {
    const lines = twinTable(finished);
    expect(lines).toHaveLength(12 * 5);
    const greedy = lines.find((line) => line.row === 'greedy' && line.set === 'test');
    expect(greedy?.measure.correct).toBe(finished.rows.find((row) => row.id === 'greedy')?.scores['set-test']?.correct);
  });

  it('writes CSV that a spreadsheet reads as text and numbers', () => {
    const [line] = twinTable(finished);
    if (line === undefined) throw new Error('no line in the fixture');
    const csv = twinCsv([
      { ...line, row: '=HYPERLINK("x")' },
      { ...line, row: 'a, "b"' },
    ]).split('\r\n');
    expect(csv[0]?.split(',')).toHaveLength(11);
    expect(csv[1]).toMatch(/^"'=HYPERLINK\(""x""\)",soup,select,select,\d+,5000,5000,/);
    expect(csv[2]).toMatch(/^"a, ""b""",/);
  });

  it('keeps refused files first and the base last whatever is sorted by', () => {
    const { lines } = checkpointLines(finished, look);
    const first = lines[0];
    if (first === undefined) throw new Error('no checkpoint in the fixture');
    const sorted = sortLines([...lines, { ...first, id: 'bad', name: 'bad', standing: 'refused' }], 'report', true);
    expect(sorted[0]?.id).toBe('bad');
    expect(sorted.at(-1)?.standing).toBe('base');
  });
});

describe('words', () => {
  it('warns where choosing and reporting are not apart', () => {
    expect(separation(finished)).toBeUndefined();
    expect(separation({ ...finished, sets: finished.sets.filter((set) => set.role === 'select') })).toMatch(/same examples/);
    const broken = finished.sets.map((set) => (set.role === 'select' ? { ...set, n: 0 } : set));
    expect(separation({ ...finished, sets: broken })).toMatch(/No set chooses/);
    expect(separation({ ...finished, sets: finished.sets.map((set) => ({ ...set, sha256: 'same' })) })).toMatch(/hold the same examples/);
  });

  it('does not leave a guessed preprocessing unsaid', () => {
    expect(caveats(finished)).toEqual([]);
    const guess = { ...finished, sets: finished.sets.map((set) => ({ ...set, preprocessingSource: 'guessed' as const })) };
    expect(caveats(guess)).toHaveLength(1);
  });

  it('shortens long names that begin alike, and only those', () => {
    const long = factsOf(checkpointEvents(3, (index) => `vit-base-patch16-224-finetuned-seed${index + 1}.onnx`));
    expect([...labels(long).values()]).toEqual(['…seed1', '…seed2', '…seed3', 'base']);
    expect([...labels(finished).values()].slice(0, 2)).toEqual(['run-1', 'run-2']);
  });

  it('says preprocessing in one line', () => {
    const [set] = finished.sets;
    if (set === undefined) throw new Error('no set in the fixture');
    expect(preprocessingWords(set)).toBe('28 × 28 grey, (x ÷ 255 − 0.286) ÷ 0.353, as the kit says');
  });

  it('knows what is left to do', () => {
    expect(unfinished(finished)).toBe(false);
    expect(unfinished(half)).toBe(true);
    const running = { ...half, progress: { phase: 'evaluating', doing: '', done: 50, total: 200, secondsLeft: 12.2 } } as const;
    expect(share(running)).toBe(0.25);
    expect(timeLeft(running)).toBe('13 s left');
  });

  it('the fixture is the story that the page is looked at with', () => {
    expect(verdict(finished).voice).toBe('better');
  });
});
