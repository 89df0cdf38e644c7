import { Button, Menu } from '@mantine/core';
import { useRef } from 'react';
import type { PickedFile } from '../files/picked.ts';
import { fromInput } from '../files/walk.ts';
import { take } from '../take.ts';
import { Icon } from '../ui/Icon.tsx';

/** Chromium's picker, which gives handles that survive a reload; the DOM types don't know it yet. */
type HandlePicker = (options: { multiple: boolean }) => Promise<readonly FileSystemFileHandle[]>;

async function pickHandles(picker: HandlePicker): Promise<readonly PickedFile[]> {
  try {
    const handles = await picker({ multiple: true });
    return await Promise.all(handles.map(async (handle) => ({ path: handle.name, file: await handle.getFile(), handle })));
  } catch (thrown) {
    // Closing the picker is a decision, not a failure.
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return [];
    throw thrown;
  }
}

/** The button for files or a folder, for whoever does not drag. */
export function ChooseFiles({ label }: { readonly label: string }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const chooseFiles = () => {
    const picker = (window as { showOpenFilePicker?: HandlePicker }).showOpenFilePicker;
    if (picker === undefined) files.current?.click();
    else void pickHandles(picker.bind(window)).then(take);
  };
  const takeInput = (input: HTMLInputElement) => {
    const picked = input.files === null ? [] : fromInput(input.files);
    // Else choosing the same files again would not be a change.
    input.value = '';
    void take(picked);
  };
  return (
    <>
      <Menu position="bottom-end" width={170}>
        <Menu.Target>
          <Button size="compact-xs" variant="default" leftSection={<Icon name="plus" size={12} />}>
            {label}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Icon name="file" />} onClick={chooseFiles}>
            Files …
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="folder" />} onClick={() => folder.current?.click()}>
            A folder …
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        data-testid="files"
        aria-label="Files"
        onChange={(event) => takeInput(event.currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        data-testid="folder"
        aria-label="Folder"
        onChange={(event) => takeInput(event.currentTarget)}
        {...{ webkitdirectory: '' }}
      />
    </>
  );
}
