/** Text for SVG built by hand: escaped, measured on the safe side, cut or broken to a width. */

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Width of text in a system sans, in pixels, never too small by more than rounding: wide letters count as wide. */
export function textWidth(text: string, size: number, bold = false): number {
  let units = 0;
  for (const letter of text) {
    if (/[\u1100-\uffdc\u{1f000}-\u{1faff}]/u.test(letter)) units += 1.1;
    else if (/[MWmw@%—…]/.test(letter)) units += 0.92;
    else if (/[A-Z&#±×÷≥≈+−=<>]/.test(letter)) units += 0.72;
    else if (/[iljtfrI.,:;'|!()[\] ]/.test(letter)) units += 0.37;
    else units += 0.58;
  }
  return units * size * (bold ? 1.06 : 1);
}

/** Cuts in the middle: the end of a file name tells runs apart as often as its start. */
export function cut(text: string, width: number, size: number, bold = false): string {
  if (textWidth(text, size, bold) <= width) return text;
  const letters = [...text];
  for (let keep = letters.length - 1; keep > 1; keep--) {
    const end = Math.floor(keep / 2);
    const shorter = `${letters.slice(0, keep - end).join('')}…${letters.slice(letters.length - end).join('')}`;
    if (textWidth(shorter, size, bold) <= width) return shorter;
  }
  return '…';
}

/** Breaks at spaces; a word wider than the width is cut. At most `lines` lines, the last one cut where more would follow. */
export function wrap(text: string, width: number, size: number, bold = false, lines = 99): readonly string[] {
  const broken: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer, size, bold) > width) {
      broken.push(line);
      line = word;
    } else line = longer;
  }
  if (line !== '') broken.push(line);
  const kept = broken.slice(0, lines).map((one) => cut(one, width, size, bold));
  const last = kept.at(-1);
  if (broken.length > lines && last !== undefined) kept[kept.length - 1] = cut(`${last} …`, width, size, bold);
  return kept;
}

export interface Look {
  readonly size?: number;
  readonly bold?: boolean;
  readonly fill?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
}

export function text(x: number, y: number, words: string, look: Look = {}): string {
  const { size = 13, bold = false, fill = ink, anchor = 'start' } = look;
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}"${bold ? ' font-weight="650"' : ''} fill="${fill}"${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}>${escapeXml(words)}</text>`;
}

export function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** The picture's colours: the page's light theme, written out, because a picture travels without a stylesheet. */
export const ink = '#1d1b18';
export const soft = '#625d56';
export const hair = '#e3ded6';
export const hairStrong = '#cbc4b9';
export const soupColour = '#b93a0b';
export const soupBand = '#b93a0b24';
export const markColour = '#57524b';
export const ensembleColour = '#4a4640';
export const ensembleBand = '#4a46400d';
export const ground = '#fdfcfa';
