import { takeFiles } from './commands.ts';
import { labFiles } from './files/kit.ts';
import type { PickedFile } from './files/picked.ts';
import { rememberFiles } from './keeping.ts';
import { problemOf } from './lab.ts';
import { report, useLab } from './store.ts';

/** Takes files from a drop or a button into the lab: they replace the sample kit, and join one's own. */
export async function take(picked: readonly PickedFile[]): Promise<void> {
  if (picked.length === 0) return;
  const { facts, restored } = useLab.getState();
  rememberFiles(picked, facts.kit !== undefined || restored !== undefined);
  try {
    await takeFiles(await labFiles(picked));
  } catch (thrown) {
    report(
      problemOf(thrown) ?? {
        kind: 'read-failed',
        text: `The files could not be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
        remedy: 'Check that they are still where they were, and drop them again.',
      },
    );
  }
}
