// bfloat16: the upper half of a float32; a group of four elements is two words.
const storageType = 2u;
const fractionBits = 7u;
const bias = 127;
const wordsInGroup = 2u;
// Magnitudes from here on are not finite, as `widen` gives them.
const infinityBits = 0x7f800000u;
// Results from here on are left to exactSum.wgsl, which knows how to overflow.
const largestResult = 0x1.fep+127f;
alias Group = vec2u;

// As float32 bits.
fn widen(group: Group) -> vec4u {
  return vec4u(group.x << 16u, group.x & 0xffff0000u, group.y << 16u, group.y & 0xffff0000u);
}

// Rounds high + low, |low| <= half an ulp of high, once, to even.
fn narrow(high: vec4f, low: vec4f) -> Group {
  let bits = bitcast<vec4u>(high);
  // Round to odd first: the lowest bit says that something lies beyond it.
  let beyond = (low != vec4f()) & (bits != vec4u());
  let below = (low < vec4f()) != (high < vec4f());
  let odd = select(bits, (bits - select(vec4u(), vec4u(1u), below)) | vec4u(1u), beyond);
  let half = (odd + vec4u(0x7fffu) + ((odd >> vec4u(16u)) & vec4u(1u))) >> vec4u(16u);
  return vec2u(half.x | (half.y << 16u), half.z | (half.w << 16u));
}

// One of the two elements in a word, as float32 bits.
fn widenPacked(word: u32, element: u32) -> u32 {
  return select(word << 16u, word & 0xffff0000u, (element & 1u) == 1u);
}
