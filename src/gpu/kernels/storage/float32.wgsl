// float32: a group of four elements is four words.
const storageType = 0u;
const fractionBits = 23u;
const bias = 127;
const wordsInGroup = 4u;
// Magnitudes from here on are not finite, as `widen` gives them.
const infinityBits = 0x7f800000u;
// Results from here on are left to exactSum.wgsl, which knows how to overflow.
const largestResult = 0x1.fffffep+127f;
alias Group = vec4u;

// As float32 bits.
fn widen(group: Group) -> vec4u {
  return group;
}

// Rounds high + low, |low| <= half an ulp of high.
fn narrow(high: vec4f, low: vec4f) -> Group {
  return bitcast<vec4u>(high);
}

fn widenPacked(word: u32, element: u32) -> u32 {
  return word;
}
