// IEEE 754 binary64 in 32-bit integers, because WGSL has no f64 and its f32 rules promise neither subnormals nor that
// compensated sums survive (WGSL §15.7: results may be flushed, operations may be reassociated and fused). Integer arithmetic
// has none of that freedom, so what is written here is the same on every adapter, bit for bit as a float64 loop in JS.
// A float64 is vec2u(low word, high word). Inputs are finite; results may overflow to infinity as IEEE says. Needs a storage/*.wgsl.

const SIGN = 0x80000000u;

fn isZero64(a: vec2u) -> bool {
  return (a.x | (a.y & 0x7fffffffu)) == 0u;
}

fn add64(a: vec2u, b: vec2u) -> vec2u {
  let low = a.x + b.x;
  return vec2u(low, a.y + b.y + u32(low < a.x));
}

fn subtract64(a: vec2u, b: vec2u) -> vec2u {
  return vec2u(a.x - b.x, a.y - b.y - u32(a.x < b.x));
}

fn shiftLeft64(a: vec2u, n: u32) -> vec2u {
  if (n == 0u) { return a; }
  if (n >= 32u) { return vec2u(0u, a.x << (n - 32u)); }
  return vec2u(a.x << n, (a.y << n) | (a.x >> (32u - n)));
}

// Logical shift right; bits that fall out are kept as one sticky lowest bit, so that rounding still sees them.
fn shiftRightJam64(a: vec2u, n: u32) -> vec2u {
  if (n == 0u) { return a; }
  if (n < 32u) {
    let sticky = u32((a.x << (32u - n)) != 0u);
    return vec2u((a.x >> n) | (a.y << (32u - n)) | sticky, a.y >> n);
  }
  if (n < 64u) {
    let rest = select(a.y << ((64u - n) & 31u), 0u, n == 32u);
    return vec2u((a.y >> (n - 32u)) | u32((a.x | rest) != 0u), 0u);
  }
  return vec2u(u32((a.x | a.y) != 0u), 0u);
}

fn shiftRightJam32(a: u32, n: u32) -> u32 {
  if (n == 0u) { return a; }
  if (n < 32u) { return (a >> n) | u32((a << (32u - n)) != 0u); }
  return u32(a != 0u);
}

fn leadingZeros64(a: vec2u) -> u32 {
  return select(countLeadingZeros(a.y), 32u + countLeadingZeros(a.x), a.y == 0u);
}

fn multiplyWide(a: u32, b: u32) -> vec2u {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let low = a0 * b0;
  let middle = a1 * b0 + (low >> 16u);
  let cross = a0 * b1 + (middle & 0xffffu);
  return vec2u((low & 0xffffu) | (cross << 16u), a1 * b1 + (middle >> 16u) + (cross >> 16u));
}

// `significand` has its leading one at bit 62, of value 2^(exponent - 1023); ten bits below the last place are rounded away, to even.
fn roundPack64(sign: u32, exponent: i32, significand: vec2u) -> vec2u {
  var kept = significand;
  var base = 0u;
  if (exponent <= 0) {
    kept = shiftRightJam64(kept, u32(1 - exponent));
  } else if (exponent >= 2047) {
    return vec2u(0u, sign | 0x7ff00000u);
  } else {
    base = u32(exponent - 1) << 20u;
  }
  let rounding = kept.x & 0x3ffu;
  kept = add64(kept, vec2u(0x200u, 0u));
  kept = vec2u((kept.x >> 10u) | (kept.y << 22u), kept.y >> 10u);
  if (rounding == 0x200u) { kept.x &= 0xfffffffeu; }
  return vec2u(kept.x, sign | (kept.y + base));
}

// Significand with its leading one at bit 62 (lower for subnormals).
fn significand64(a: vec2u) -> vec2u {
  let hidden = select(0u, 0x100000u, (a.y & 0x7ff00000u) != 0u);
  return shiftLeft64(vec2u(a.x, (a.y & 0xfffffu) | hidden), 10u);
}

fn exponent64(a: vec2u) -> i32 {
  return max(1, i32((a.y >> 20u) & 0x7ffu));
}

fn sum64(p: vec2u, q: vec2u) -> vec2u {
  let pHigh = p.y & 0x7fffffffu;
  let qHigh = q.y & 0x7fffffffu;
  let swapped = pHigh < qHigh || (pHigh == qHigh && p.x < q.x);
  let a = select(p, q, swapped);
  let b = select(q, p, swapped);
  if (isZero64(b)) {
    if (isZero64(a)) { return vec2u(0u, a.y & b.y & SIGN); }
    return a;
  }
  let exponent = exponent64(a);
  let larger = significand64(a);
  let smaller = shiftRightJam64(significand64(b), u32(exponent - exponent64(b)));
  let sign = a.y & SIGN;
  var total: vec2u;
  if (((a.y ^ b.y) & SIGN) == 0u) {
    total = add64(larger, smaller);
    if (total.y >= SIGN) { return roundPack64(sign, exponent + 1, shiftRightJam64(total, 1u)); }
  } else {
    total = subtract64(larger, smaller);
    if ((total.x | total.y) == 0u) { return vec2u(0u, 0u); }
  }
  let shift = leadingZeros64(total) - 1u;
  return roundPack64(sign, exponent - i32(shift), shiftLeft64(total, shift));
}

fn product64(a: vec2u, b: vec2u) -> vec2u {
  let sign = (a.y ^ b.y) & SIGN;
  if (isZero64(a) || isZero64(b)) { return vec2u(0u, sign); }
  var p = significand64(a);
  var q = significand64(b);
  let pShift = leadingZeros64(p) - 1u;
  let qShift = leadingZeros64(q) - 1u;
  p = shiftLeft64(p, pShift);
  q = shiftLeft64(q, qShift + 1u);
  var exponent = exponent64(a) - i32(pShift) + exponent64(b) - i32(qShift) - 1023 + 1;
  // Upper 64 of the 128 bits; the rest only matters for being zero or not.
  let low = multiplyWide(p.x, q.x);
  let cross1 = multiplyWide(p.x, q.y);
  let cross2 = multiplyWide(p.y, q.x);
  let middle1 = add64(cross1, vec2u(low.y, 0u));
  let middle2 = add64(cross2, vec2u(middle1.x, 0u));
  var high = add64(multiplyWide(p.y, q.y), vec2u(middle1.y, 0u));
  high = add64(high, vec2u(middle2.y, 0u));
  high.x |= u32((low.x | middle2.x) != 0u);
  if (high.y < 0x40000000u) {
    high = shiftLeft64(high, 1u);
    exponent -= 1;
  }
  return roundPack64(sign, exponent, high);
}

fn isFinite64(a: vec2u) -> bool {
  return (a.y & 0x7ff00000u) != 0x7ff00000u;
}

// float32 bits to float64, exact, subnormals, infinities and NaN included.
fn widen64(bits: u32) -> vec2u {
  var exponent = i32((bits >> 23u) & 0xffu);
  var fraction = bits & 0x7fffffu;
  if (exponent == 255) { exponent = 1151; }
  if (exponent == 0) {
    if (fraction == 0u) { return vec2u(0u, bits & SIGN); }
    let shift = countLeadingZeros(fraction) - 8u;
    fraction = (fraction << shift) & 0x7fffffu;
    exponent = 1 - i32(shift);
  }
  return vec2u(fraction << 29u, (bits & SIGN) | (u32(exponent + 896) << 20u) | (fraction >> 3u));
}

// Rounds to the storage type, once, to even, subnormals kept. `significand` has its leading one at bit 30, of value 2^exponent.
fn roundToStorage(sign: u32, exponent: i32, significand: u32) -> u32 {
  let biased = exponent + bias;
  var kept = significand;
  var base = 0u;
  let infinity = u32(2 * bias + 1) << fractionBits;
  let signBit = select(sign, sign >> 16u, fractionBits != 23u);
  if (biased <= 0) {
    kept = shiftRightJam32(kept, u32(1 - biased));
  } else if (biased > 2 * bias) {
    return signBit | infinity;
  } else {
    base = u32(biased - 1) << fractionBits;
  }
  let drop = 30u - fractionBits;
  let rest = kept & ((1u << drop) - 1u);
  let half = 1u << (drop - 1u);
  kept = kept >> drop;
  kept += u32(rest > half || (rest == half && (kept & 1u) == 1u));
  return signBit | (base + kept);
}

// Exponent field all ones: NaN or infinite.
fn isFull(stored: u32) -> bool {
  let exponentField = u32(2 * bias + 1) << fractionBits;
  return (stored & exponentField) == exponentField;
}

// To bits of the storage type (float32 or a 16-bit one).
fn narrow64(a: vec2u) -> u32 {
  let exponent = i32((a.y >> 20u) & 0x7ffu);
  // A float64 subnormal is far below half of any smaller type's least value.
  if (exponent == 0) { return select(a.y & SIGN, (a.y & SIGN) >> 16u, fractionBits != 23u); }
  let fraction = ((a.y & 0xfffffu) << 10u) | (a.x >> 22u) | u32((a.x & 0x3fffffu) != 0u);
  return roundToStorage(a.y & SIGN, exponent - 1023, 0x40000000u | fraction);
}
