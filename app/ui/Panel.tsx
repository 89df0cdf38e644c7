import type { ReactNode } from 'react';
import classes from './Panel.module.css';

/** A column section: a small heading with its controls, a hairline, and what scrolls below. */
export function Panel(props: {
  readonly id: string;
  readonly title: string;
  readonly aside?: ReactNode;
  readonly controls?: ReactNode;
  readonly scroll?: boolean;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}) {
  const { id, title, aside, controls, scroll, className, children } = props;
  return (
    <section className={`${classes.panel} ${className ?? ''}`} aria-labelledby={id}>
      <header className={classes.head}>
        <h2 id={id} className={classes.title}>
          {title}
        </h2>
        <span className={`${classes.aside} clip`}>{aside}</span>
        <span className={classes.controls}>{controls}</span>
      </header>
      {scroll === true ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard
        <div className={classes.scroll} tabIndex={0}>
          {children}
        </div>
      ) : (
        children
      )}
    </section>
  );
}
