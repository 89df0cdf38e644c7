// float64: an element is two words. WGSL has no f64, so these tensors take the integer way only.
const storageType = 3u;
const fractionBits = 23u;
const bias = 127;
const wordsInGroup = 2u;

fn widenPacked(word: u32, element: u32) -> u32 {
  return word;
}
