import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addLogits,
  argmax,
  contingency,
  crossEntropy,
  disagreementRate,
  expectedCalibrationError,
  meanLogits,
  scoreBlock,
} from './index.ts';

test('argmax gives ties to the lowest index and the first NaN the win, as numpy does', () => {
  expect(argmax(Float32Array.of(1, 3, 3, 2))).toBe(1);
  expect(argmax(Float32Array.of(0, -0))).toBe(0);
  expect(argmax(Float32Array.of(1, Number.NaN, 5, Number.NaN))).toBe(1);
  expect(argmax(Float32Array.of(9, 9, 1, 2, 2), 2, 3)).toBe(1);
  expect(argmax(Float32Array.of(-Infinity, -Infinity))).toBe(0);
  expect(() => argmax(Float32Array.of())).toThrow();
});

test('cross-entropy of known rows', () => {
  // Uniform over 4: log 4. Large offsets cancel: softmax(1000, 1001)[1] = 1 / (1 + e⁻¹).
  expect(crossEntropy(new Float32Array(4), Int32Array.of(2), 4)).toBeCloseTo(Math.log(4), 14);
  expect(crossEntropy(Float32Array.of(1000, 1001), Int32Array.of(1), 2)).toBeCloseTo(Math.log(1 + Math.exp(-1)), 14);
  expect(crossEntropy(Float32Array.of(0, 200), Int32Array.of(0), 2)).toBe(200);
  expect(() => crossEntropy(new Float32Array(2), Int32Array.of(2), 2)).toThrow();
});

test('a block is scored against the labels of its own examples', () => {
  const logits = Float32Array.of(1, 0, 0, /**/ 0, 2, 0, /**/ 0, 0, 3);
  const scored = scoreBlock(logits, 3, Int32Array.of(0, 9, 9, 9, 1, 0), Uint32Array.of(5, 4, 0));
  expect([...scored.predicted]).toEqual([0, 1, 2]);
  expect(scored.correct).toBe(2);
  const row = (right: number, sum: number) => Math.log(sum) - right;
  expect(scored.lossSum).toBeCloseTo(row(1, Math.E + 2) + row(2, Math.exp(2) + 2) + row(0, Math.exp(3) + 2), 12);
});

test('without labels only predictions are made; a label outside the classes is a bug', () => {
  expect(scoreBlock(Float32Array.of(0, 1), 2, undefined, Uint32Array.of(7))).toEqual({
    predicted: Int32Array.of(1),
    correct: 0,
    lossSum: 0,
  });
  expect(() => scoreBlock(Float32Array.of(0, 1), 2, Int32Array.of(2), Uint32Array.of(0))).toThrow(/label 2/);
});

test('blocks add up to the whole, in any order', () => {
  const numbers = fc.array(fc.float({ noNaN: true, min: -50, max: 50 }), { minLength: 4, maxLength: 80 });
  fc.assert(
    fc.property(numbers, fc.nat(19), (values, cut) => {
      const n = Math.floor(values.length / 4);
      const logits = Float32Array.from(values.slice(0, n * 4));
      const labels = Int32Array.from({ length: n }, (_, example) => (example * 7) % 4);
      const all = Uint32Array.from({ length: n }, (_, example) => example);
      const at = Math.min(cut, n);
      const whole = scoreBlock(logits, 4, labels, all);
      const head = scoreBlock(logits.subarray(0, at * 4), 4, labels, all.subarray(0, at));
      const tail = scoreBlock(logits.subarray(at * 4), 4, labels, all.subarray(at));
      expect(head.correct + tail.correct).toBe(whole.correct);
      expect(head.lossSum + tail.lossSum).toBeCloseTo(whole.lossSum, 9);
      expect(whole.lossSum / n).toBeCloseTo(crossEntropy(logits, labels, 4), 9);
    }),
  );
});

test('an ensemble is the mean of logits', () => {
  expect([...meanLogits([Float32Array.of(1, 2), Float32Array.of(3, -2)])]).toEqual([2, 0]);
  const sum = new Float64Array(2);
  addLogits(sum, Float32Array.of(1, 2), 0.5);
  addLogits(sum, Float32Array.of(1, 2), 0.25);
  expect([...sum]).toEqual([0.75, 1.5]);
  expect(() => meanLogits([])).toThrow();
  expect(() => addLogits(sum, Float32Array.of(1))).toThrow();
});

test('the paired table counts what both have scored', () => {
  const labels = Int32Array.of(0, 1, 2, 3, 4, 5);
  const a = Int32Array.of(0, 1, 0, 0, -1, 5);
  const b = Int32Array.of(0, 0, 2, 1, 4, -1);
  expect(contingency(a, b, labels)).toEqual({ n: 4, both: 1, onlyA: 1, onlyB: 1, neither: 1 });
  expect(disagreementRate(a, b)).toBe(3 / 4);
  expect(disagreementRate(Int32Array.of(-1), Int32Array.of(0))).toBe(0);
  expect(() => contingency(a, b, Int32Array.of(0))).toThrow();
});

test('calibration error of a model that is always 73 % sure and right half the time', () => {
  // softmax(1, 0) = 0.7311: two examples, one right: |0.5 − 0.7311|.
  const { error, bins } = expectedCalibrationError(Float32Array.of(1, 0, 1, 0), Int32Array.of(0, 1), 2);
  expect(error).toBeCloseTo(1 / (1 + Math.exp(-1)) - 0.5, 12);
  expect(bins.reduce((n, bin) => n + bin.n, 0)).toBe(2);
});
