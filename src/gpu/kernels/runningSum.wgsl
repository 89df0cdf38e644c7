// A running sum kept as float64 bits, four elements an invocation: adds one ingredient exactly, or rounds the mean.
// Prepended: a storage/*.wgsl and doubleFloat.wgsl.
//
// A float64 in float32's range whose last five bits are 0 is the sum of two float32s, and so is its sum with a float32 as long as
// nothing is lost; `lossless` says so. Where something would be, exactRunningSum.wgsl does the four elements again, in integers.

struct Params {
  groups: u32,
  // Ingredients in the sum so far.
  count: u32,
  reportBase: u32,
  // mean: whether `part` holds one more ingredient.
  hasExtra: u32,
  // mean: 1 / (number of ingredients), as float64 and as doubleFloat.wgsl wants a factor.
  reciprocal: vec2u,
  opaque: u32,
  unused: u32,
  factor: vec4f,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> part: array<Group>;
// Two elements each: low word, high word, low word, high word.
@group(0) @binding(2) var<storage, read_write> sums: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> soup: array<Group>;
@group(0) @binding(4) var<storage, read_write> again: Again;

override workgroupSize: u32 = 64;
// Leave everything to exactRunningSum.wgsl.
override careful: bool = false;

const signMask = vec4u(0x80000000u);
// Exponent fields of float64 between which everything here stays far from float32's limits: 2^-60 and 2^100.
const leastField = vec4u(963u);
const mostField = vec4u(1123u);

struct Words {
  low: vec4u,
  high: vec4u,
}

struct Total {
  value: Pair,
  lossless: vec4<bool>,
}

fn readSum(group: u32) -> Words {
  let a = sums[group * 2u];
  let b = sums[group * 2u + 1u];
  return Words(vec4u(a.x, a.z, b.x, b.z), vec4u(a.y, a.w, b.y, b.w));
}

fn writeSum(group: u32, w: Words) {
  sums[group * 2u] = vec4u(w.low.x, w.high.x, w.low.y, w.high.y);
  sums[group * 2u + 1u] = vec4u(w.low.z, w.high.z, w.low.w, w.high.w);
}

fn field(high: vec4u) -> vec4u {
  return (high >> vec4u(20u)) & vec4u(0x7ffu);
}

fn within(f: vec4u) -> vec4<bool> {
  return (f >= leastField) & (f <= mostField);
}

// A float32's magnitude is finite in its storage type and within.
fn usable(bits: vec4u) -> vec4<bool> {
  let magnitude = bits & vec4u(0x7fffffffu);
  return within((magnitude >> vec4u(23u)) + vec4u(896u)) & (magnitude < vec4u(infinityBits));
}

// Float64 words as two float32s: the upper 24 bits of the significand, and the other 29.
fn split(w: Words) -> Total {
  let f = field(w.high);
  let sign = w.high & signMask;
  let upper = sign | ((f - vec4u(896u)) << vec4u(23u)) | ((w.high & vec4u(0xfffffu)) << vec4u(3u)) | (w.low >> vec4u(29u));
  let unit = bitcast<vec4f>(sign | ((f - vec4u(948u)) << vec4u(23u)));
  let rest = vec4f(w.low & vec4u(0x1fffffffu)) * unit;
  return Total(Pair(bitcast<vec4f>(upper), rest), within(f) & ((w.low & vec4u(31u)) == vec4u()));
}

// Two float32s that don't overlap as float64 words.
fn join(p: Pair) -> Words {
  let bits = bitcast<vec4u>(p.high);
  let f = (bits >> vec4u(23u)) & vec4u(0xffu);
  let significand = (bits & vec4u(0x7fffffu)) | vec4u(0x800000u);
  // In units of the float64's last place, with the sign of what is added to the magnitude.
  let scaled = p.low * bitcast<vec4f>((bits & signMask) | ((vec4u(306u) - f) << vec4u(23u)));
  let units = bitcast<vec4u>(vec4i(scaled));
  let low = (significand << vec4u(29u)) + units;
  let carry = select(vec4u(), vec4u(1u), low < units);
  let borrow = select(vec4u(), vec4u(0xffffffffu), units >= signMask);
  let high = (significand >> vec4u(3u)) + carry + borrow;
  return Words(low, (bits & signMask) | (((f + vec4u(895u)) << vec4u(20u)) + high));
}

// What `join` gives is the value: no bit below a float64's last place, no borrow out of a power of two.
fn joinable(p: Pair) -> vec4<bool> {
  let bits = bitcast<vec4u>(p.high);
  let f = (bits >> vec4u(23u)) & vec4u(0xffu);
  let scaled = p.low * bitcast<vec4f>((vec4u(306u) - f) << vec4u(23u));
  let power = (bits & vec4u(0x7fffffu)) == vec4u();
  return within(f + vec4u(896u)) & (vec4f(vec4i(scaled)) == scaled) & (!power | (p.low == vec4f()));
}

fn plus(w: Words, bits: vec4u) -> Total {
  let s = split(w);
  let x = bitcast<vec4f>(bits);
  let upper = twoSum(s.value.high, x);
  let lower = twoSum(upper.low, s.value.low);
  let total = twoSum(upper.high, lower.high);
  return Total(total, s.lossless & usable(bits) & (lower.low == vec4f()) & joinable(total));
}

// float32 bits as float64 words, for numbers that are not subnormal.
fn wide(bits: vec4u) -> Words {
  let f = (bits >> vec4u(23u)) & vec4u(0xffu);
  let fraction = bits & vec4u(0x7fffffu);
  let high = select(((f + vec4u(896u)) << vec4u(20u)) | (fraction >> vec4u(3u)), vec4u(), f == vec4u());
  return Words(fraction << vec4u(29u), (bits & signMask) | high);
}

fn isZero(bits: vec4u) -> vec4<bool> {
  return (bits & vec4u(0x7fffffffu)) == vec4u();
}

@compute @workgroup_size(workgroupSize)
fn add(@builtin(global_invocation_id) id: vec3u) {
  let group = id.x;
  if (group >= params.groups) { return; }
  let bits = widen(part[group]);
  let before = readSum(group);
  let total = plus(before, bits);
  var after = join(total.value);
  var good = total.lossless;
  // Adding a zero changes nothing but -0, whose sign +0 takes away.
  let nothing = isZero(bits) & !(isZero(before.high) & (before.low == vec4u()) & (before.high != (bits & signMask)));
  after = Words(select(after.low, before.low, nothing), select(after.high, before.high, nothing));
  good |= nothing;
  // The first is taken as it is: 0 + (-0) would lose the sign.
  if (params.count == 0u) {
    after = wide(bits);
    good = usable(bits) | isZero(bits);
  }
  if (all(good) && !careful) { writeSum(group, after); } else { doAgain(group); }
}

@compute @workgroup_size(workgroupSize)
fn mean(@builtin(global_invocation_id) id: vec3u) {
  let group = id.x;
  if (group >= params.groups) { return; }
  let sum = readSum(group);
  var total = split(sum);
  var zero = isZero(sum.high) & (sum.low == vec4u());
  var negative = sum.high & signMask;
  if (params.hasExtra != 0u) {
    let bits = widen(part[group]);
    let nothing = isZero(bits) & !zero;
    let more = plus(sum, bits);
    let high = select(more.value.high, total.value.high, nothing);
    let low = select(more.value.low, total.value.low, nothing);
    total = Total(Pair(high, low), select(more.lossless, total.lossless, nothing));
    zero &= isZero(bits);
    negative &= bits;
  }
  let p = product(total.value.high, params.factor);
  let low = p.low + total.value.low * params.factor.w;
  let rounded = keep(p.high + low);
  let remainder = low - keep(rounded - p.high);
  soup[group] = narrow(select(rounded, bitcast<vec4f>(negative), zero), select(remainder, vec4f(), zero));
  let good = zero | (total.lossless & (abs(rounded) < vec4f(largestResult)));
  if (!all(good) || careful) { doAgain(group); }
}
