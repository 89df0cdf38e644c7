// Finds the first value of a tensor that is NaN or infinite, by its exponent field alone. Prepended: a storage/*.wgsl.

struct Params {
  words: u32,
  // Elements of the tensor before this range of it.
  firstElement: u32,
  report: u32,
  unused: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read_write> firstNotFinite: array<atomic<u32>>;

override workgroupSize: u32 = 64;

fn full(word: u32, mask: u32) -> bool {
  return (word & mask) == mask;
}

@compute @workgroup_size(workgroupSize)
fn scan(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var at = id.x; at < params.words; at += groups.x * workgroupSize) {
    let word = values[at];
    var element = params.firstElement;
    var bad = false;
    if (storageType == 0u) {
      bad = full(word, 0x7f800000u);
      element += at;
    } else if (storageType == 3u) {
      bad = (at & 1u) == 1u && full(word, 0x7ff00000u);
      element += at >> 1u;
    } else {
      let exponent = select(0x7c00u, 0x7f80u, storageType == 2u);
      let first = full(word, exponent);
      bad = first || full(word >> 16u, exponent);
      element += at * 2u + u32(!first);
    }
    if (bad) { atomicMin(&firstNotFinite[params.report], element); }
  }
}
