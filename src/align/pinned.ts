import { type Initializer, isFloat, type ModelIndex } from '../onnx/index.ts';

type Nodes = NonNullable<ModelIndex['skeleton']['graph']>['node'];

/**
 * Float inputs that a provider wants to know when it makes the session (bounds, scales, fill values): as graph inputs they cost
 * kernels or fail (ORT.md, "Hot swap"). By operator, the positions of such inputs.
 */
const PINNED: Readonly<Record<string, readonly number[]>> = {
  Clip: [1, 2],
  Dropout: [1],
  OneHot: [1, 2],
  Pad: [1, 2, 3],
  Range: [0, 1, 2],
  Resize: [1, 2, 3],
  Upsample: [1],
};

/** Names of initializers in places that must stay constant, each with the node that asks for it: `Resize "/up/Resize"`. */
export function pinnedPlaces(model: ModelIndex): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  const visit = (nodes: Nodes): void => {
    for (const node of nodes) {
      for (const position of PINNED[node.opType] ?? []) {
        const input = node.input[position];
        if (input) places.set(input, `${node.opType} "${node.name || node.output[0]}"`);
      }
      for (const { g, graphs } of node.attribute) {
        for (const graph of g === undefined ? graphs : [g, ...graphs]) visit(graph.node);
      }
    }
  };
  visit(model.skeleton.graph?.node ?? []);
  return places;
}

/** Whether a tensor may be averaged at all: float, with dims, and nowhere that must stay constant. */
export function mayDiffer(initializer: Initializer, pinned: ReadonlyMap<string, string>): boolean {
  return isFloat(initializer.dataType) && initializer.dims.length > 0 && !pinned.has(initializer.name);
}
