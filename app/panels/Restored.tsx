import { Button } from '@mantine/core';
import { reopenLast } from '../boot.ts';
import { useLab } from '../store.ts';
import { ChooseFiles } from './ChooseFiles.tsx';
import classes from './Restored.module.css';

const when = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** Said while results of an earlier visit are shown whose files are not open: which, and how to open them again. */
export function Restored() {
  const restored = useLab((state) => state.restored);
  if (restored === undefined || (restored.missing.length === 0 && !restored.permission)) return null;
  const names = restored.missing.map((path) => path.slice(path.lastIndexOf('/') + 1));
  return (
    <section className={classes.restored} aria-label="Last visit">
      <p className={classes.words}>
        Results of {when.format(restored.savedAt)}.{' '}
        <span className="quiet">
          {restored.permission
            ? 'To cook more, let the browser read the files again.'
            : `To cook more, choose these files again: ${names.slice(0, 6).join(', ')}${names.length > 6 ? ` and ${names.length - 6} more` : ''}.`}
        </span>
      </p>
      {restored.permission ? (
        <Button size="compact-sm" variant="default" onClick={() => void reopenLast()}>
          Open the files again
        </Button>
      ) : (
        <ChooseFiles label="Choose the files again" />
      )}
    </section>
  );
}
