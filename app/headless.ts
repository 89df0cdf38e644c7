import { idle } from './commands.ts';
import { connect, engineDoor } from './door.ts';
import type { Engine, Facts, LabOptions } from './lab.ts';
import { picture } from './share.ts';
import { settle, useLab } from './store.ts';

/** The page's lab for scripts: the headless lab and the end-to-end tests drive the same engine, store and picture through it. */
export interface SoupLab {
  readonly engine: Engine;
  /** Connects again under other options. Knows no files of its own: add them through `engine`. */
  connect(options: Partial<LabOptions>): Promise<void>;
  /** Every fact known now, events that are on their way included. */
  facts(): Facts;
  /** The result picture, as PNG. */
  picture(): Promise<Blob>;
  /** Resolves when no command is under way and the engine is idle. */
  idle(): Promise<void>;
}

declare global {
  interface Window {
    /** Set as soon as the engine is open. */
    soupLab?: SoupLab;
  }
}

function shownFacts(): Facts {
  settle();
  return useLab.getState().facts;
}

export async function offerToScripts(): Promise<void> {
  const engine = await engineDoor();
  window.soupLab = {
    engine,
    connect: async (options) => void (await connect(options)),
    facts: shownFacts,
    picture,
    idle,
  };
}
