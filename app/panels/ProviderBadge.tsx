import { Popover, SegmentedControl, UnstyledButton } from '@mantine/core';
import { forceProvider } from '../commands.ts';
import type { Facts } from '../lab.ts';
import { useLab } from '../store.ts';
import classes from './Header.module.css';

type Hardware = NonNullable<Facts['hardware']>;

const names = { webgpu: 'WebGPU', wasm: 'wasm' } as const;

/** Two digits that matter: `210`, `4.2`. */
function times(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1);
}

/** The badge's own sentence, short enough for one line. */
function badge(hardware: Hardware | undefined): { state: 'checking' | 'agrees' | 'differs'; short: string; long: string } {
  if (hardware === undefined) return { state: 'checking', short: 'opening', long: 'looking at this machine' };
  const where = hardware.adapter?.description ?? 'no WebGPU adapter';
  if (hardware.provider === undefined) return { state: 'checking', short: hardware.checking ? 'checking' : 'ready', long: where };
  const short = names[hardware.provider];
  const { check } = hardware;
  if (check === undefined) return { state: 'agrees', short, long: where };
  const other = hardware.provider === 'webgpu' ? 'wasm' : 'webgpu';
  const ratio = check.imagesPerSecond[hardware.provider] / check.imagesPerSecond[other];
  const speed = ratio >= 1 ? `${times(ratio)} × faster than ${names[other]}` : `${times(1 / ratio)} × slower than ${names[other]}`;
  const agreement = check.agree
    ? `the two agree to ${check.maxAbsoluteDifference.toExponential(0).replace('e-', 'e−')}`
    : 'the two DISAGREE';
  return { state: check.agree ? 'agrees' : 'differs', short, long: `${speed}, ${agreement}` };
}

function Details({ hardware }: { readonly hardware: Hardware }) {
  const { check, averagingCheck: averaging, adapter } = hardware;
  return (
    <>
      {check === undefined ? null : <p className={classes.reason}>{check.reason}</p>}
      <dl className={classes.facts}>
        <dt>Adapter</dt>
        <dd>
          {adapter === undefined ? 'none: this browser offers no WebGPU' : adapter.description}
          {adapter?.software === true ? ' (software)' : ''}
        </dd>
        {check === undefined ? null : (
          <>
            <dt>Speed</dt>
            <dd>
              WebGPU {check.imagesPerSecond.webgpu.toFixed(0)}, wasm {check.imagesPerSecond.wasm.toFixed(0)} examples a second
              {hardware.workers > 1 ? ` with ${hardware.workers} workers` : ''}
            </dd>
            <dt>Agreement</dt>
            <dd>
              max |Δ logit| {check.maxAbsoluteDifference.toExponential(1)}, labels {check.labelsAgree} of {check.examples}
            </dd>
          </>
        )}
        <dt>Averaging</dt>
        <dd>
          {hardware.averaging === 'webgpu' ? 'WebGPU compute shaders' : 'a plain loop, as there is no adapter'}
          {averaging === undefined
            ? ''
            : `; within ${averaging.maxUlp} ulp of float64 on ${averaging.elements.toLocaleString('en-US')} elements${averaging.ok ? '' : ': NOT good enough'}`}
        </dd>
      </dl>
    </>
  );
}

/** Which provider scores, why, how much faster, and the switch that forces either. */
export function ProviderBadge() {
  const hardware = useLab((state) => state.facts.hardware);
  const { state, short, long } = badge(hardware);
  return (
    <Popover width={340} position="bottom-start" trapFocus withRoles>
      <Popover.Target>
        <UnstyledButton className={classes.quietButton} aria-label={`Provider: ${short}, ${long}. Details`}>
          <span className={classes.dot} data-state={state} aria-hidden="true" />
          <span style={{ color: 'var(--ink)' }}>{short}</span>
          <span className={`${classes.long} clip`}>{long}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        {hardware === undefined ? <p className={classes.reason}>The engine is opening.</p> : <Details hardware={hardware} />}
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label="Provider that scores"
          value={hardware?.forced ?? 'auto'}
          onChange={(value) => void forceProvider(value)}
          data={[
            { value: 'auto', label: 'measured' },
            { value: 'webgpu', label: 'WebGPU', disabled: hardware !== undefined && hardware.adapter === undefined },
            { value: 'wasm', label: 'wasm' },
          ]}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
