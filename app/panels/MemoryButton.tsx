import { Button, NumberInput, Popover, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { setMemory } from '../commands.ts';
import { formatBytes } from '../lab.ts';
import { useLab } from '../store.ts';
import classes from './Header.module.css';

/** `0.4` of `2.0 GB`: both in the unit of the budget. */
function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(bytes < 1e8 ? 2 : 1);
}

/** Memory: what is used, of what budget, by what plan; and the budget's edit. */
export function MemoryButton() {
  const memory = useLab((state) => state.facts.memory);
  const peak = useLab((state) => state.facts.cost.peakBytes);
  const wanted = useLab((state) => state.memoryBytes);
  const [megabytes, setMegabytes] = useState<number | undefined>(undefined);
  const [opened, setOpened] = useState(false);
  const budget = memory?.budgetBytes ?? wanted;
  const used = Math.max(peak.gpu + peak.js + peak.wasm, 0);
  const predicted = memory === undefined ? undefined : memory.predicted.gpu + memory.predicted.js + memory.predicted.wasm;
  return (
    <Popover width={320} position="bottom-start" trapFocus withRoles opened={opened} onChange={setOpened}>
      <Popover.Target>
        <UnstyledButton
          className={`${classes.quietButton} ${classes.middling}`}
          onClick={() => setOpened(!opened)}
          aria-label={`Memory: ${gigabytes(used)} of ${gigabytes(budget)} GB. Details and budget`}
        >
          <span className={classes.long}>memory</span>
          <span className={classes.meter} aria-hidden="true">
            <span style={{ width: `${Math.min(100, (100 * used) / budget)}%` }} />
          </span>
          <span>
            {gigabytes(used)} of {gigabytes(budget)} GB
          </span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <dl className={classes.facts}>
          <dt>Plan</dt>
          <dd>
            {memory === undefined
              ? 'made when checkpoints are there'
              : memory.mode === 'resident'
                ? 'resident: every ingredient stays in memory, a soup is one sweep'
                : `streamed: read in chunks of ${formatBytes(memory.chunkBytes)}`}
            {memory !== undefined && !memory.fits ? '. It does not fit the budget' : ''}
          </dd>
          {predicted === undefined ? null : (
            <>
              <dt>Predicted</dt>
              <dd>{formatBytes(predicted)} at most</dd>
            </>
          )}
          <dt>Measured</dt>
          <dd>
            GPU {formatBytes(peak.gpu)}, wasm {formatBytes(peak.wasm)}, staging {formatBytes(peak.js)} at the peak
          </dd>
        </dl>
        <form
          style={{ display: 'flex', gap: 8, alignItems: 'end' }}
          onSubmit={(event) => {
            event.preventDefault();
            setOpened(false);
            if (megabytes !== undefined && megabytes * 1e6 !== wanted) void setMemory(megabytes * 1e6);
          }}
        >
          <NumberInput
            label="Budget in MB"
            size="xs"
            min={64}
            max={64000}
            step={256}
            style={{ flex: 1 }}
            value={megabytes ?? wanted / 1e6}
            onChange={(value) => setMegabytes(typeof value === 'number' ? value : undefined)}
          />
          <Button type="submit" size="xs" variant="default">
            Set
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
