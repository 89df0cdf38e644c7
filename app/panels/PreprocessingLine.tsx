import { Button, Popover } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { SetFact } from '../lab.ts';
import { preprocessingWords } from '../selectors/preprocessing.ts';
import { Icon } from '../ui/Icon.tsx';
import { PreprocessingForm } from './PreprocessingForm.tsx';
import classes from './Sets.module.css';

/** How many examples fit the panel side by side. */
const shown = 9;

function Preview({ set }: { readonly set: SetFact }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { preview } = set;
  const images = preview?.images.slice(0, shown) ?? [];
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined || preview === undefined) return;
    preview.images.slice(0, shown).forEach((image, index) => {
      context.putImageData(new ImageData(image, preview.width, preview.height), index * preview.width, 0);
    });
  }, [preview]);
  if (preview === undefined || images.length === 0) return null;
  return (
    <canvas
      ref={canvas}
      className={classes.preview}
      width={preview.width * images.length}
      height={preview.height}
      style={{
        aspectRatio: `${preview.width * images.length} / ${preview.height}`,
        imageRendering: preview.width < 64 ? 'pixelated' : 'auto',
      }}
      role="img"
      aria-label={`What the model sees of the first ${images.length} examples of ${set.name}`}
    />
  );
}

/** What the model sees of a set, the arithmetic that makes it so, and its edit. */
export function PreprocessingLine({ set, sets }: { readonly set: SetFact; readonly sets: readonly SetFact[] }) {
  const [opened, setOpened] = useState(false);
  const { preprocessing } = set;
  const key = JSON.stringify(preprocessing);
  const same = sets.filter((one) => JSON.stringify(one.preprocessing) === key);
  return (
    <div className={classes.sees}>
      <Preview set={set} />
      <div className={classes.arithmetic}>
        <span className="clip" title={preprocessingWords(set)}>
          <span className="quiet">{set.name} as the model sees it: </span>
          {preprocessingWords(set)}
        </span>
        {preprocessing === undefined ? null : (
          <Popover opened={opened} onChange={setOpened} width={320} position="bottom-end" trapFocus withRoles>
            <Popover.Target>
              <Button
                size="compact-xs"
                variant="subtle"
                color="gray"
                leftSection={<Icon name="edit" size={12} />}
                onClick={() => setOpened(!opened)}
              >
                Edit
              </Button>
            </Popover.Target>
            <Popover.Dropdown>
              <PreprocessingForm key={`${set.id} ${key}`} preprocessing={preprocessing} sets={same} onDone={() => setOpened(false)} />
            </Popover.Dropdown>
          </Popover>
        )}
      </div>
    </div>
  );
}
