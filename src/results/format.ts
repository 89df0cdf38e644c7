const count = new Intl.NumberFormat('en-US');

/** `0.92714` → `92.71`. Percent with two digits, as accuracies are quoted in the field. */
export function percent(fraction: number, digits = 2): string {
  return (100 * fraction).toFixed(digits);
}

/** `0.0062` → `+0.62`, `−0.62` with a real minus sign: percentage points. */
export function points(fraction: number, digits = 2): string {
  const text = Math.abs(100 * fraction).toFixed(digits);
  return fraction < 0 && Number(text) !== 0 ? `−${text}` : `+${text}`;
}

/** `10000` → `10,000`. */
export function thousands(n: number): string {
  return count.format(n);
}

/** p-values as people write them: `0.002`, `< 0.0001`, `0.34`. */
export function pValue(p: number): string {
  if (p < 0.0001) return 'p < 0.0001';
  return `p = ${p >= 0.1 ? p.toFixed(2) : p >= 0.001 ? p.toFixed(3) : p.toFixed(4)}`;
}

/** Bytes in the decimal units that file managers use: `343 MB`, `1.36 GB`. */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  if (n < 1e6) return `${(n / 1e3).toFixed(n < 1e4 ? 1 : 0)} kB`;
  if (n < 1e9) return `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} MB`;
  return `${(n / 1e9).toFixed(2)} GB`;
}
