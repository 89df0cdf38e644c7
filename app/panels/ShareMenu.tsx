import { Button, Menu } from '@mantine/core';
import { useState } from 'react';
import { shownSoup } from '../selectors/soups.ts';
import { downloadPicture, downloadReport, downloadSoup } from '../share.ts';
import { useLab } from '../store.ts';
import { Icon } from '../ui/Icon.tsx';

/** What one leaves with: the soup, the report, the picture. */
export function ShareMenu() {
  const soup = useLab((state) => shownSoup(state.facts, state.recipe));
  const ready = soup !== undefined && !soup.cooking;
  const [busy, setBusy] = useState(false);
  const run = (work: () => unknown) => async () => {
    setBusy(true);
    try {
      await work();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Menu position="bottom-end" width={250}>
      <Menu.Target>
        <Button size="compact-sm" variant="default" leftSection={<Icon name="share" size={14} />} loading={busy}>
          Share
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled={!ready} leftSection={<Icon name="download" />} onClick={run(downloadSoup)}>
          {ready ? `${soup.name} as soup.onnx` : 'soup.onnx'}
        </Menu.Item>
        <Menu.Item disabled={!ready} leftSection={<Icon name="download" />} onClick={run(downloadPicture)}>
          Picture for a colleague (PNG)
        </Menu.Item>
        <Menu.Item disabled={!ready} leftSection={<Icon name="download" />} onClick={run(downloadReport)}>
          report.json, every number
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
