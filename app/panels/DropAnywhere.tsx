import { Dropzone } from '@mantine/dropzone';
import type { PickedFile } from '../files/picked.ts';
import { walkDrop } from '../files/walk.ts';
import { useLab } from '../store.ts';
import { take } from '../take.ts';
import classes from './DropAnywhere.module.css';

/** What was walked, by the File that the dropzone hands on. */
const walked = new WeakMap<File, PickedFile>();

async function filesOf(event: unknown): Promise<(File | DataTransferItem)[]> {
  const transfer =
    event instanceof Event || (typeof event === 'object' && event !== null && 'dataTransfer' in event)
      ? (event as DragEvent).dataTransfer
      : null;
  if (transfer === null || transfer === undefined) return [];
  // While one only drags, the browser tells that there are files, not which.
  if ((event as DragEvent).type !== 'drop') return [...transfer.items].filter((item) => item.kind === 'file');
  const picked = await walkDrop([...transfer.items]);
  for (const one of picked) walked.set(one.file, one);
  return picked.map((one) => one.file);
}

/** The whole page takes files. */
export function DropAnywhere() {
  const sample = useLab((state) => state.facts.kit !== undefined);
  return (
    <Dropzone.FullScreen
      active
      withinPortal={false}
      onDrop={() => undefined}
      onDropAny={(files) => void take(files.map((file) => walked.get(file) ?? { path: file.name, file }))}
      getFilesFromEvent={filesOf}
      inputProps={{ 'aria-label': 'Files dropped anywhere' }}
      classNames={{ fullScreen: classes.over ?? '', root: classes.bare ?? '' }}
    >
      <div className={classes.words}>
        <p className={classes.big}>Drop checkpoints and held-out data</p>
        <p>
          {sample
            ? 'They take the place of the sample kit. Nothing leaves this machine.'
            : 'They join what is here. Nothing leaves this machine.'}
        </p>
      </div>
    </Dropzone.FullScreen>
  );
}
