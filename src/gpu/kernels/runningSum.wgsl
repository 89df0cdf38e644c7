// A running sum kept as float64, in integers: add one ingredient, or round the mean. Prepended: a storage/*.wgsl and softFloat64.wgsl.

struct Params {
  // Elements of this slot.
  elements: u32,
  // Ingredients in the sum so far.
  count: u32,
  reportBase: u32,
  // mean: whether `part` holds one more ingredient.
  hasExtra: u32,
  // mean: 1 / (number of ingredients), as float64.
  reciprocal: vec2u,
  unused: vec2u,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> part: array<u32>;
@group(0) @binding(2) var<storage, read_write> sum: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> soup: array<u32>;
@group(0) @binding(4) var<storage, read_write> firstNotFinite: array<atomic<u32>>;

override workgroupSize: u32 = 64;

fn load(element: u32) -> vec2u {
  if (storageType == 3u) { return vec2u(part[element * 2u], part[element * 2u + 1u]); }
  if (storageType == 0u) { return widen64(part[element]); }
  return widen64(widenPacked(part[element >> 1u], element));
}

@compute @workgroup_size(workgroupSize)
fn add(@builtin(global_invocation_id) id: vec3u) {
  let element = id.x;
  if (element >= params.elements) { return; }
  let x = load(element);
  if (!isFinite64(x)) {
    atomicMin(&firstNotFinite[params.reportBase], element);
    return;
  }
  // The first is taken as it is: 0 + (-0) would lose the sign.
  if (params.count == 0u) {
    sum[element] = x;
  } else {
    sum[element] = sum64(sum[element], x);
  }
}

fn meanOf(element: u32) -> vec2u {
  var total = sum[element];
  if (params.hasExtra != 0u) {
    let x = load(element);
    if (!isFinite64(x)) { atomicMin(&firstNotFinite[params.reportBase], element); }
    if (params.count == 0u) { total = x; } else { total = sum64(total, x); }
  }
  return product64(total, params.reciprocal);
}

@compute @workgroup_size(workgroupSize)
fn mean(@builtin(global_invocation_id) id: vec3u) {
  if (storageType == 0u) {
    if (id.x < params.elements) { soup[id.x] = narrow64(meanOf(id.x)); }
  } else if (storageType == 3u) {
    if (id.x < params.elements) {
      let value = meanOf(id.x);
      soup[id.x * 2u] = value.x;
      soup[id.x * 2u + 1u] = value.y;
    }
  } else {
    let element = id.x * 2u;
    if (element >= params.elements) { return; }
    var word = narrow64(meanOf(element));
    if (element + 1u < params.elements) { word |= narrow64(meanOf(element + 1u)) << 16u; }
    soup[id.x] = word;
  }
}
