// The running sum in integers: for the groups of four elements that runningSum.wgsl put on its list, and for every element of float64
// tensors. Finds values that are not finite. Prepended: a storage/*.wgsl and softFloat64.wgsl.

struct Params {
  groups: u32,
  count: u32,
  reportBase: u32,
  hasExtra: u32,
  reciprocal: vec2u,
  opaque: u32,
  unused: u32,
  factor: vec4f,
}

struct Again {
  arguments: vec3u,
  count: u32,
  groups: array<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> part: array<u32>;
@group(0) @binding(2) var<storage, read_write> sums: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> soup: array<u32>;
@group(0) @binding(4) var<storage, read> again: Again;
@group(0) @binding(5) var<storage, read_write> firstNotFinite: array<atomic<u32>>;

override workgroupSize: u32 = 64;

fn load(element: u32) -> vec2u {
  if (storageType == 3u) { return vec2u(part[element * 2u], part[element * 2u + 1u]); }
  if (storageType == 0u) { return widen64(part[element]); }
  return widen64(widenPacked(part[element >> 1u], element));
}

// The sum with one more ingredient.
fn plus(element: u32) -> vec2u {
  let x = load(element);
  if (!isFinite64(x)) { atomicMin(&firstNotFinite[params.reportBase], element); }
  if (params.count == 0u) { return x; }
  return sum64(sums[element], x);
}

fn meanOf(element: u32) -> vec2u {
  var total: vec2u;
  if (params.hasExtra != 0u) { total = plus(element); } else { total = sums[element]; }
  return product64(total, params.reciprocal);
}

@compute @workgroup_size(workgroupSize)
fn add(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= again.count) { return; }
  let first = again.groups[id.x] * 4u;
  for (var element = first; element < first + 4u; element++) { sums[element] = plus(element); }
}

@compute @workgroup_size(workgroupSize)
fn mean(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= again.count) { return; }
  let element = again.groups[id.x] * 4u;
  let word = again.groups[id.x] * wordsInGroup;
  for (var i = 0u; i < wordsInGroup; i++) {
    if (storageType == 0u) {
      soup[word + i] = narrow64(meanOf(element + i));
    } else {
      soup[word + i] = narrow64(meanOf(element + 2u * i)) | (narrow64(meanOf(element + 2u * i + 1u)) << 16u);
    }
  }
}

@compute @workgroup_size(workgroupSize)
fn addWide(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.groups) { sums[id.x] = plus(id.x); }
}

@compute @workgroup_size(workgroupSize)
fn meanWide(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.groups) { return; }
  let value = meanOf(id.x);
  soup[id.x * 2u] = value.x;
  soup[id.x * 2u + 1u] = value.y;
}
