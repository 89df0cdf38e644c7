import type { Facts, Verdict } from '../lab.ts';
import { type PictureLook, resultPictureSvg } from './resultPicture.ts';
import { svgToPng } from './svgToPng.ts';

/** Pixels a unit of the result picture: sharp on a dense screen and when enlarged in a message. */
const scale = 2;

/** The result picture as PNG. */
export function pictureOf(facts: Facts, verdict: Verdict, date: Date, look?: PictureLook): Promise<Blob> {
  return svgToPng(resultPictureSvg(facts, verdict, date, look), scale);
}
