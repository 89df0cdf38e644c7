// The float64 loop itself, in integers: for the groups of four elements that weightedSum.wgsl put on its list, and for every
// element of float64 tensors. Finds values that are not finite. Prepended: a storage/*.wgsl and softFloat64.wgsl.

struct Params {
  ingredients: u32,
  groups: u32,
  stride: u32,
  reportBase: u32,
  unused: vec4u,
}

struct Weight {
  factor: vec4f,
  bits: vec2u,
  unused: vec2u,
}

struct Again {
  arguments: vec3u,
  count: u32,
  groups: array<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<Weight>;
@group(0) @binding(2) var<storage, read> parts: array<u32>;
@group(0) @binding(3) var<storage, read_write> soup: array<u32>;
@group(0) @binding(4) var<storage, read> again: Again;
// First element that is not finite: of ingredient i at [i], of the soup at [ingredients].
@group(0) @binding(5) var<storage, read_write> firstNotFinite: array<atomic<u32>>;

override workgroupSize: u32 = 64;

// Words of one ingredient's part.
fn strideWords() -> u32 {
  return params.stride * wordsInGroup;
}

fn report(column: u32, element: u32) {
  atomicMin(&firstNotFinite[params.reportBase + column], element);
}

// Σ wᵢ·θᵢ from the first term on, in order.
fn sumAt(element: u32) -> vec2u {
  var sum = vec2u();
  for (var i = 0u; i < params.ingredients; i++) {
    let value = load64(i * strideWords(), element);
    if (!isFinite64(value)) { report(i, element); }
    let term = product64(weights[i].bits, value);
    if (i == 0u) { sum = term; } else { sum = sum64(sum, term); }
  }
  return sum;
}

fn load64(at: u32, element: u32) -> vec2u {
  if (storageType == 3u) { return vec2u(parts[at + element * 2u], parts[at + element * 2u + 1u]); }
  if (storageType == 0u) { return widen64(parts[at + element]); }
  return widen64(widenPacked(parts[at + (element >> 1u)], element));
}

fn averageAt(element: u32) -> u32 {
  let result = narrow64(sumAt(element));
  if (isFull(result)) { report(params.ingredients, element); }
  return result;
}

@compute @workgroup_size(workgroupSize)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= again.count) { return; }
  let element = again.groups[id.x] * 4u;
  let word = again.groups[id.x] * wordsInGroup;
  for (var i = 0u; i < wordsInGroup; i++) {
    if (storageType == 0u) {
      soup[word + i] = averageAt(element + i);
    } else {
      soup[word + i] = averageAt(element + 2u * i) | (averageAt(element + 2u * i + 1u) << 16u);
    }
  }
}

@compute @workgroup_size(workgroupSize)
fn mainWide(@builtin(global_invocation_id) id: vec3u) {
  let element = id.x;
  if (element >= params.groups) { return; }
  let sum = sumAt(element);
  if (!isFinite64(sum)) { report(params.ingredients, element); }
  soup[element * 2u] = sum.x;
  soup[element * 2u + 1u] = sum.y;
}
