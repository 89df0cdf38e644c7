import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** The one accent: the soup. Shade 7 has AA contrast on the light ground, shade 4 on the dark one. */
const soup: MantineColorsTuple = [
  '#fff1ea',
  '#ffe0d2',
  '#ffbfa3',
  '#ff9b72',
  '#ff8550',
  '#f26a30',
  '#d54d17',
  '#b93a0b',
  '#96300b',
  '#772709',
];

/** Warm greys, dark end tuned to the page's own ground. */
const dark: MantineColorsTuple = [
  '#ece8e1',
  '#d5d0c7',
  '#a8a197',
  '#7c766d',
  '#4a463f',
  '#3a3732',
  '#2b2925',
  '#171614',
  '#121110',
  '#0c0b0a',
];

export const fontStack =
  'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif';

export const theme = createTheme({
  primaryColor: 'soup',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  colors: { soup, dark },
  white: '#fdfcfa',
  black: '#1d1b18',
  fontFamily: fontStack,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.375rem' },
  defaultRadius: 4,
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    Button: { defaultProps: { fw: 550 } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false } },
    Popover: { defaultProps: { transitionProps: { duration: 0 }, shadow: 'md' } },
    Menu: { defaultProps: { transitionProps: { duration: 0 }, shadow: 'md', withInitialFocusPlaceholder: false, withinPortal: false } },
    Modal: { defaultProps: { transitionProps: { duration: 0 } } },
  },
});
