import type { MessageKind } from './schemaMap.ts';

/** One message on the way from the ModelProto to a tensor; knows the names it has seen so far. */
export interface Frame {
  readonly kind: MessageKind;
  /** Field number in the parent, and how many of that field came before it there. */
  readonly field: number;
  readonly index: number;
  readonly parent: Frame | undefined;
  readonly names: Map<number, string>;
  readonly counts: Map<number, number>;
}

export function frame(kind: MessageKind, field: number, parent: Frame | undefined): Frame {
  const index = parent?.counts.get(field) ?? 0;
  parent?.counts.set(field, index + 1);
  return { kind, field, index, parent, names: new Map(), counts: new Map() };
}

/** The frame of the main graph's own initializers. */
export function isMainInitializer(at: Frame): boolean {
  return at.field === 5 && at.parent?.kind === 'graph' && at.parent.parent?.kind === 'model';
}

/** What a frame is called in a message: `node "Constant_3"`, `attribute "value"`. */
function called(at: Frame): string {
  switch (at.kind) {
    case 'node':
      return `node "${at.names.get(3) || at.names.get(2) || at.names.get(4) || at.index}"`;
    case 'attribute':
      return `attribute "${at.names.get(1) || at.index}"`;
    case 'function':
      return `function "${at.names.get(1) || at.index}"`;
    case 'graph':
      return at.parent?.kind === 'model' ? 'graph' : `subgraph "${at.names.get(2) || at.index}"`;
    case 'tensor':
      if (at.parent?.kind === 'graph') return at.names.has(8) ? `initializer "${at.names.get(8)}"` : `initializer ${at.index}`;
      return at.parent?.kind === 'sparse' && at.field === 2 ? 'indices' : `tensor${at.index > 0 ? ` ${at.index}` : ''}`;
    case 'sparse':
      return `sparse tensor ${at.index}`;
    case 'training':
      return `training_info ${at.index}`;
    case 'model':
      return 'model';
  }
}

/** Where a frame lies, innermost first: `attribute "value" of node "Constant_3"`. The model and its graph go without saying. */
export function placeOf(at: Frame): string {
  const parts: string[] = [];
  for (let f: Frame | undefined = at; f !== undefined; f = f.parent) {
    if (f.kind === 'model' || (f.kind === 'graph' && f.parent?.kind === 'model')) continue;
    if (f.kind === 'tensor' && f.parent?.kind === 'attribute' && f.index === 0) continue;
    parts.push(called(f));
  }
  return parts.length === 0 ? called(at) : parts.join(' of ');
}

/** A name for a tensor that is unique in its model and the same in a model of the same graph. */
export function pathOf(at: Frame): string {
  const parts: string[] = [];
  for (let f: Frame | undefined = at; f?.parent !== undefined; f = f.parent) {
    parts.unshift(`${f.kind}[${f.field}.${f.index}]${f.kind === 'node' ? `:${f.names.get(4) ?? ''}` : ''}`);
  }
  return parts.join('/');
}
