import type { ByteSource } from '../onnx/index.ts';

/** Bytes of one file that are wanted. */
export interface Range {
  readonly source: ByteSource;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Ranges closer than this are read in one go: less than what another read costs. */
const GAP = 512;
const LARGEST_READ = 4 * 1024 * 1024;
const AT_ONCE = 8;

/**
 * Reads ranges, neighbours together and several files' or places' at once, and hands each to `use` in no particular order. The
 * bytes are only lent: a copy must be made of what is kept.
 */
export async function readRanges(ranges: readonly Range[], use: (index: number, bytes: Uint8Array<ArrayBuffer>) => void): Promise<void> {
  const groups = together(ranges);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let group = groups[next++]; group !== undefined; group = groups[next++]) {
      const bytes = await group.source.read(group.from, group.to - group.from);
      for (const { index, range } of group.members) {
        const at = range.byteOffset - group.from;
        use(index, bytes.subarray(at, at + range.byteLength));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

interface Group {
  readonly source: ByteSource;
  readonly from: number;
  to: number;
  readonly members: { index: number; range: Range }[];
}

function together(ranges: readonly Range[]): readonly Group[] {
  const bySource = new Map<ByteSource, { index: number; range: Range }[]>();
  for (const [index, range] of ranges.entries()) {
    const members = bySource.get(range.source);
    if (members === undefined) bySource.set(range.source, [{ index, range }]);
    else members.push({ index, range });
  }
  const groups: Group[] = [];
  for (const [source, members] of bySource) {
    let last: Group | undefined;
    for (const member of members.sort((a, b) => a.range.byteOffset - b.range.byteOffset)) {
      const { byteOffset, byteLength } = member.range;
      const to = Math.max(last?.to ?? 0, byteOffset + byteLength);
      if (last !== undefined && byteOffset - last.to <= GAP && to - last.from <= LARGEST_READ) {
        last.to = to;
        last.members.push(member);
      } else {
        last = { source, from: byteOffset, to: byteOffset + byteLength, members: [member] };
        groups.push(last);
      }
    }
  }
  return groups;
}
