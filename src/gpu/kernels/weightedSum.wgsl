// Σ wᵢ·θᵢ over all ingredients, four elements an invocation, as a double-float sum (error ~2⁻⁴⁸ of the largest term).
// Prepended: a storage/*.wgsl and doubleFloat.wgsl.
//
// Where that error is not provably below half an ulp of the result (terms cancel, are subnormal or enormous, are not finite) the
// four elements are put on a list, and exactSum.wgsl does them again. The list has a place for all, so it can't overflow.
//
// Straight lines, whole vectors, few branches: a software adapter executes both sides of every `if` and goes once through every loop.

struct Params {
  ingredients: u32,
  // Of the result: groups of four elements.
  groups: u32,
  // Groups between two ingredients' parts of `parts`.
  stride: u32,
  reportBase: u32,
  // The sum is good enough if |result| >= max(smallest, largest |θᵢ| · ratio) and largest |θᵢ| < largestBits (as float32 bits).
  smallest: f32,
  ratio: f32,
  largestBits: u32,
  // Always 0, which no compiler can know.
  opaque: u32,
}

struct Weight {
  // As doubleFloat.wgsl wants a factor.
  factor: vec4f,
  // As float64.
  bits: vec2u,
  unused: vec2u,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<Weight>;
@group(0) @binding(2) var<storage, read> parts: array<Group>;
@group(0) @binding(3) var<storage, read_write> soup: array<Group>;
@group(0) @binding(4) var<storage, read_write> again: Again;

override workgroupSize: u32 = 64;
// All weights are equal: add first, multiply once.
override uniformWeights: bool = false;
// How many ingredients, up to 8: then without a loop, which software adapters run at half the speed. 0: any number.
override straight: u32 = 0;

struct Sum {
  high: vec4f,
  low: vec4f,
  // Magnitude bits of the largest term so far; sign bit as long as every term is negative (what a sum of zeros keeps).
  largest: vec4u,
  negative: vec4u,
}

fn plus(sum: Sum, bits: vec4u, i: u32) -> Sum {
  var x = bitcast<vec4f>(bits);
  var low = sum.low;
  if (!uniformWeights) {
    let p = product(x, weights[i].factor);
    x = p.high;
    low += p.low;
  }
  let s = twoSum(sum.high, x);
  low += s.low;
  let sign = weights[select(i, 0u, uniformWeights)].bits.y;
  return Sum(s.high, low, max(sum.largest, bits & vec4u(0x7fffffffu)), sum.negative & (bits ^ vec4u(sign)));
}

fn part(i: u32, group: u32) -> vec4u {
  return widen(parts[i * params.stride + group]);
}

fn total(group: u32) -> Sum {
  var sum = plus(Sum(vec4f(), vec4f(), vec4u(), vec4u(0x80000000u)), part(0u, group), 0u);
  if (straight > 0u) {
    if (straight > 1u) { sum = plus(sum, part(1u, group), 1u); }
    if (straight > 2u) { sum = plus(sum, part(2u, group), 2u); }
    if (straight > 3u) { sum = plus(sum, part(3u, group), 3u); }
    if (straight > 4u) { sum = plus(sum, part(4u, group), 4u); }
    if (straight > 5u) { sum = plus(sum, part(5u, group), 5u); }
    if (straight > 6u) { sum = plus(sum, part(6u, group), 6u); }
    if (straight > 7u) { sum = plus(sum, part(7u, group), 7u); }
  } else {
    let last = params.ingredients - 1u;
    for (var i = 1u; i <= last; i += 4u) {
      // Past the end: the last ingredient again, as zeros of its sign, which change nothing.
      sum = plus(sum, part(i, group), i);
      sum = plus(sum, part(min(i + 1u, last), group) & past(i + 1u), min(i + 1u, last));
      sum = plus(sum, part(min(i + 2u, last), group) & past(i + 2u), min(i + 2u, last));
      sum = plus(sum, part(min(i + 3u, last), group) & past(i + 3u), min(i + 3u, last));
    }
  }
  return sum;
}

fn past(i: u32) -> vec4u {
  return vec4u(select(0x80000000u, 0xffffffffu, i < params.ingredients));
}

@compute @workgroup_size(workgroupSize)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let group = id.x;
  if (group >= params.groups) { return; }
  let sum = total(group);
  var high = sum.high;
  var low = sum.low;
  if (uniformWeights) {
    let p = product(high, weights[0].factor);
    high = p.high;
    low = p.low + low * weights[0].factor.w;
  }
  let rounded = keep(high + low);
  let remainder = low - keep(rounded - high);
  let zero = sum.largest == vec4u();
  soup[group] = narrow(select(rounded, bitcast<vec4f>(sum.negative), zero), select(remainder, vec4f(), zero));

  let enough = max(vec4f(params.smallest), bitcast<vec4f>(sum.largest) * params.ratio);
  let good = (sum.largest < vec4u(min(params.largestBits, infinityBits))) & (abs(rounded) >= enough) & (abs(rounded) < vec4f(largestResult));
  if (!all(good | zero)) { doAgain(group); }
}
