// float16: a group of four elements is two words. Widened and rounded in integers: unpack2x16float may flush subnormals and
// pack2x16float may round either way (WGSL §17.9, §17.10).
const storageType = 1u;
const fractionBits = 10u;
const bias = 15;
const wordsInGroup = 2u;
// Magnitudes from here on are not finite, as `widen` gives them.
const infinityBits = 0x47800000u;
// Results from here on are left to exactSum.wgsl, which knows how to overflow.
const largestResult = 65504f;
alias Group = vec2u;

// As float32 bits; NaN and infinities as 65536 and above.
fn widen(group: Group) -> vec4u {
  let bits = vec4u(group.x & 0xffffu, group.x >> 16u, group.y & 0xffffu, group.y >> 16u);
  let magnitude = bits & vec4u(0x7fffu);
  let normal = (magnitude << vec4u(13u)) + vec4u(112u << 23u);
  let subnormal = bitcast<vec4u>(vec4f(magnitude) * 0x1p-24f);
  return select(normal, subnormal, magnitude < vec4u(0x400u)) | ((bits & vec4u(0x8000u)) << vec4u(16u));
}

// Rounds high + low, |low| <= half an ulp of high, once, to even.
fn narrow(high: vec4f, low: vec4f) -> Group {
  let bits = bitcast<vec4u>(high);
  // Round to odd first: the lowest bit says that something lies beyond it.
  let beyond = (low != vec4f()) & (bits != vec4u());
  let below = (low < vec4f()) != (high < vec4f());
  let odd = select(bits, (bits - select(vec4u(), vec4u(1u), below)) | vec4u(1u), beyond);
  let magnitude = odd & vec4u(0x7fffffffu);
  let normal = ((magnitude + vec4u(0xfffu) + ((magnitude >> vec4u(13u)) & vec4u(1u))) >> vec4u(13u)) - vec4u(112u << 10u);
  // In 0.5 … 1 an ulp of float32 is the least float16, so that the addition itself rounds.
  let subnormal = bitcast<vec4u>(bitcast<vec4f>(magnitude) + vec4f(0.5)) - vec4u(0x3f000000u);
  let half = select(normal, subnormal, magnitude < vec4u(0x38800000u)) | ((bits >> vec4u(16u)) & vec4u(0x8000u));
  return vec2u(half.x | (half.y << 16u), half.z | (half.w << 16u));
}

// One of the two elements in a word, as float32 bits.
fn widenPacked(word: u32, element: u32) -> u32 {
  let bits = select(word & 0xffffu, word >> 16u, (element & 1u) == 1u);
  let sign = (bits & 0x8000u) << 16u;
  let exponent = (bits >> 10u) & 0x1fu;
  let fraction = bits & 0x3ffu;
  if (exponent == 31u) { return sign | 0x7f800000u | (fraction << 13u); }
  if (exponent != 0u) { return sign | ((exponent + 112u) << 23u) | (fraction << 13u); }
  if (fraction == 0u) { return sign; }
  let shift = countLeadingZeros(fraction) - 21u;
  return sign | ((113u - shift) << 23u) | (((fraction << shift) & 0x3ffu) << 13u);
}
