import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { setPreprocessing } from '../commands.ts';
import type { Preprocessing, SetFact } from '../lab.ts';
import classes from './Sets.module.css';

/** `0.485, 0.456, 0.406` → numbers; undefined where one isn't one, or their count is wrong. */
function numbers(text: string, count: number): readonly number[] | undefined {
  const found = text
    .split(/[\s,;]+/)
    .filter((part) => part !== '')
    .map(Number);
  return found.length === count && found.every(Number.isFinite) ? found : undefined;
}

function positive(text: string): number | undefined {
  const fraction = /^\s*1\s*\/\s*([\d.]+)\s*$/.exec(text);
  const value = fraction === null ? Number(text) : 1 / Number(fraction[1]);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

function scaleText(scale: number): string {
  const divisor = 1 / scale;
  return Math.abs(divisor - Math.round(divisor)) < 1e-6 && divisor > 1.5 ? `1/${Math.round(divisor)}` : String(scale);
}

/** Edits how pixels become the model's input: value = (pixel × scale − mean) ÷ std. */
export function PreprocessingForm(props: {
  readonly preprocessing: Preprocessing;
  readonly sets: readonly SetFact[];
  readonly onDone: () => void;
}) {
  const { preprocessing: p, sets, onDone } = props;
  const [scale, setScale] = useState(scaleText(p.scale));
  const [mean, setMean] = useState(p.mean.join(', '));
  const [std, setStd] = useState(p.std.join(', '));
  const [resize, setResize] = useState<Preprocessing['resize']>(p.resize);
  const [edge, setEdge] = useState(String(p.resizeTo ?? Math.round(Math.min(p.width, p.height) * 1.143)));
  const [every, setEvery] = useState(true);
  const parsed = { scale: positive(scale), mean: numbers(mean, p.channels), std: numbers(std, p.channels), edge: positive(edge) };
  const stdWrong = parsed.std === undefined || parsed.std.some((value) => value === 0);
  const count = p.channels === 1 ? 'one number' : 'three numbers';
  const submit = () => {
    if (parsed.scale === undefined || parsed.mean === undefined || parsed.std === undefined || stdWrong) return;
    const { resizeTo: _before, ...rest } = p;
    const next: Preprocessing = {
      ...rest,
      scale: parsed.scale,
      mean: parsed.mean,
      std: parsed.std,
      resize,
      ...(resize === 'shortest-edge' && parsed.edge !== undefined ? { resizeTo: Math.round(parsed.edge) } : {}),
    };
    onDone();
    for (const set of every ? sets : sets.slice(0, 1)) void setPreprocessing(set.id, next);
  };
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p className="quiet">
        The graph wants {p.width} × {p.height} × {p.channels}, {p.layout}. Each value is (pixel × scale − mean) ÷ std.
      </p>
      <TextInput
        size="xs"
        label="Scale"
        value={scale}
        onChange={(event) => setScale(event.currentTarget.value)}
        error={parsed.scale === undefined ? 'a number above 0, or 1/255' : undefined}
      />
      <TextInput
        size="xs"
        label="Mean"
        value={mean}
        onChange={(event) => setMean(event.currentTarget.value)}
        error={parsed.mean === undefined ? count : undefined}
      />
      <TextInput
        size="xs"
        label="Standard deviation"
        value={std}
        onChange={(event) => setStd(event.currentTarget.value)}
        error={stdWrong ? `${count}, not 0` : undefined}
      />
      <NativeSelect
        size="xs"
        label="Resize"
        value={resize}
        onChange={(event) => {
          const to = event.currentTarget.value;
          if (to === 'none' || to === 'exact' || to === 'shortest-edge') setResize(to);
        }}
        data={[
          { value: 'none', label: 'none: the images have this size' },
          { value: 'exact', label: 'stretch' },
          { value: 'shortest-edge', label: 'scale the shorter edge, then crop' },
        ]}
      />
      {resize === 'shortest-edge' ? (
        <TextInput
          size="xs"
          label="Shorter edge, pixels"
          value={edge}
          onChange={(event) => setEdge(event.currentTarget.value)}
          error={parsed.edge === undefined ? 'a number above 0' : undefined}
        />
      ) : null}
      {sets.length > 1 ? (
        <Checkbox
          size="xs"
          label={`For all ${sets.length} sets that share it`}
          checked={every}
          onChange={(event) => setEvery(event.currentTarget.checked)}
        />
      ) : null}
      <Button type="submit" size="xs" className="primary">
        Use it and score again
      </Button>
    </form>
  );
}
