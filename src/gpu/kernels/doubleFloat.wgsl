// Double-float arithmetic, four elements at once: a value is the sum of two float32s that don't overlap, ~48 bits. And the list of
// what it can't do well enough, which an exact kernel does again; the list has a place for every group, so it can't overflow.
// Whoever uses this has `params.opaque`, a 0 that no compiler can know, `again` and `workgroupSize`.

struct Pair {
  high: vec4f,
  low: vec4f,
}

// Stops compilers from simplifying (s - a) - b to nothing, which WGSL allows them (§15.7.3, reassociation and fusion).
fn keep(x: vec4f) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(x) ^ vec4u(params.opaque));
}

// a + b without error: D. E. Knuth, The Art of Computer Programming 2, §4.2.2, theorem B.
fn twoSum(a: vec4f, b: vec4f) -> Pair {
  let s = keep(a + b);
  let t = keep(s - a);
  return Pair(s, (a - keep(s - t)) + (b - t));
}

// x times a factor given as upper + lower (12 bits each) + rest, and whole = upper + lower: T. J. Dekker, A floating-point technique
// for extending the available precision, 1971. Products of 12-bit halves are exact.
fn product(x: vec4f, factor: vec4f) -> Pair {
  let p = keep(x * factor.w);
  let upper = bitcast<vec4f>(bitcast<vec4u>(x) & vec4u(0xfffff000u));
  let lower = x - upper;
  let first = keep(upper * factor.x - p);
  let second = keep(first + upper * factor.y);
  return Pair(p, keep(second + lower * factor.x) + lower * factor.y + x * factor.z);
}

struct Again {
  // Arguments of the indirect dispatch.
  workgroups: atomic<u32>,
  y: u32,
  z: u32,
  count: atomic<u32>,
  groups: array<u32>,
}

fn doAgain(group: u32) {
  let place = atomicAdd(&again.count, 1u);
  again.groups[place] = group;
  atomicMax(&again.workgroups, place / workgroupSize + 1u);
}
