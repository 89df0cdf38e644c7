import { Button, VisuallyHidden } from '@mantine/core';
import { useThrottledValue } from '@mantine/hooks';
import { cancel, goOn } from '../commands.ts';
import { type Verdict, verdict } from '../lab.ts';
import { busy, share, timeLeft, unfinished } from '../selectors/progress.ts';
import { caveats } from '../selectors/sets.ts';
import { shownSoup } from '../selectors/soups.ts';
import { useLab } from '../store.ts';
import classes from './VerdictBand.module.css';

const signs: Readonly<Record<Verdict['voice'], { sign: string; word: string }>> = {
  better: { sign: '▲', word: 'Better' },
  worse: { sign: '▼', word: 'Worse' },
  undecided: { sign: '≈', word: 'Undecided' },
  unknown: { sign: '…', word: 'Not yet known' },
};

const spokenEveryMilliseconds = 8000;

/** What is happening now, how far it is, how long still, and the way to stop it. */
function Running() {
  const facts = useLab((state) => state.facts);
  const part = share(facts);
  const { phase, doing } = facts.progress;
  return (
    <div className={classes.running}>
      <div className={classes.doing}>
        <span className="clip">{doing === '' ? 'Working' : doing}</span>
        <span className={classes.left}>
          {[part === undefined ? '' : `${Math.floor(100 * part)} %`, timeLeft(facts)].filter((one) => one !== '').join(' · ')}
        </span>
      </div>
      <progress className={classes.bar} {...(part === undefined ? {} : { value: part, max: 1 })} aria-label="Progress of the run" />
      <Button size="compact-sm" variant="default" disabled={phase === 'cancelling'} onClick={() => void cancel()}>
        {phase === 'cancelling' ? 'Stopping' : 'Cancel'}
      </Button>
    </div>
  );
}

/** The answer in one sentence, with its evidence; and, while a run goes on, what is happening. */
export function VerdictBand() {
  const facts = useLab((state) => state.facts);
  const soup = useLab((state) => shownSoup(state.facts, state.recipe));
  const reportSet = useLab((state) => state.reportSet);
  const pending = useLab((state) => state.pending);
  const restored = useLab((state) => state.restored);
  const { voice, sentence, evidence } = verdict(facts, soup?.id, reportSet);
  const { sign, word } = signs[voice];
  const said = evidence.length === 0 ? evidence : [...evidence, ...caveats(facts)];
  const spoken = useThrottledValue(sentence, spokenEveryMilliseconds);
  const working = busy(facts);
  return (
    <section className={classes.band} aria-label="Verdict" data-voice={voice}>
      <div className={classes.words}>
        <p className={classes.sentence} data-testid="verdict">
          <span className={classes.sign} aria-hidden="true">
            {sign}
          </span>
          <VisuallyHidden>{word}: </VisuallyHidden>
          {sentence}
        </p>
        {/* While a run goes on the sentence changes with every block: it is read out now and then, not each time. */}
        <VisuallyHidden aria-live="polite">{spoken}</VisuallyHidden>
        <p className={classes.evidence} data-testid="evidence">
          {said.length > 0 ? said.join(' · ') : (facts.kit?.title ?? '\u00a0')}
        </p>
      </div>
      {working ? (
        <Running />
      ) : pending === 0 && restored === undefined && unfinished(facts) && facts.checkpoints.length > 1 ? (
        <div className={classes.running}>
          <span className={classes.stopped}>Stopped; results so far are kept.</span>
          <Button size="compact-sm" className="primary" onClick={() => void goOn()}>
            Go on
          </Button>
        </div>
      ) : null}
    </section>
  );
}
