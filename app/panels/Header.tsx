import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Icon } from '../ui/Icon.tsx';
import classes from './Header.module.css';
import { HelpButton } from './HelpButton.tsx';
import { MemoryButton } from './MemoryButton.tsx';
import { ProviderBadge } from './ProviderBadge.tsx';
import { ShareMenu } from './ShareMenu.tsx';

function ThemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      onClick={() => setColorScheme(other)}
      aria-label={`Use the ${other} theme`}
      title={`Use the ${other} theme`}
    >
      <Icon name={scheme === 'dark' ? 'sun' : 'moon'} />
    </ActionIcon>
  );
}

export function Header() {
  return (
    <header className={classes.header}>
      <h1 className={classes.name}>
        <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M3 15h26a13 13 0 0 1-26 0z" fill="var(--soup)" />
          <g fill="none" stroke="var(--soup)" strokeWidth="2.4" strokeLinecap="round">
            <path d="M10 11c-2-2.200 2-3.300 0-6M16 11c-2-2.200 2-3.300 0-6M22 11c-2-2.200 2-3.300 0-6" />
          </g>
        </svg>
        Soup Lab
      </h1>
      <ProviderBadge />
      <MemoryButton />
      <span className={classes.end}>
        <ShareMenu />
        <HelpButton />
        <ThemeButton />
      </span>
    </header>
  );
}
