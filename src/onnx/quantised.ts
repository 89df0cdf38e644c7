import { dataTypeOf, isInteger } from './dataTypes.ts';
import type { GraphProto, NodeProto } from './generated/onnx_pb.ts';
import type { DataType } from './types.ts';

/** Operators of quantised models: ai.onnx and com.microsoft. */
const OPERATORS =
  /^(QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|DynamicQuantize\w+|QLinear\w+|QGemm|QMoE|QAttention|QEmbed\w+|ConvInteger|MatMulInteger\w*|MatMulNBits|MatMulBnb4|MatMulFpQ4|GatherBlockQuantized)$/;

const SMALL: ReadonlySet<DataType> = new Set<DataType>([
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'float4e2m1',
  'float6e2m3',
  'float6e3m2',
]);

export interface QuantisedUse {
  readonly operator: string;
  readonly initializer: string;
  readonly dataType: DataType;
}

/**
 * A node of a quantising operator that is fed by an integer (or 8-bit or smaller float) initializer or Constant. Of several the one
 * with the initializer that comes first and is a matrix at least, which people know by name; zero points and biases after that.
 */
export function findQuantised(graph: GraphProto, functions: readonly { readonly node: readonly NodeProto[] }[]): QuantisedUse | undefined {
  const uses = new Map<string, QuantisedUse>();
  inGraph(graph, undefined, uses);
  for (const { node } of functions) inNodes(node, { own: new Map(), outer: undefined }, uses);
  const weight = graph.initializer.find(({ name, dims }) => dims.length > 1 && uses.has(name));
  return uses.get(weight?.name ?? '') ?? [...uses.values()][0];
}

/** Types of the constant values that a node can see: those of its graph, then of the graphs around it. */
interface Scope {
  readonly own: Map<string, DataType>;
  readonly outer: Scope | undefined;
}

function lookUp(scope: Scope, name: string): DataType | undefined {
  for (let each: Scope | undefined = scope; each !== undefined; each = each.outer) {
    const dataType = each.own.get(name);
    if (dataType !== undefined) return dataType;
  }
  return undefined;
}

function inGraph(graph: GraphProto, outer: Scope | undefined, uses: Map<string, QuantisedUse>): void {
  const own = new Map(graph.initializer.map(({ name, dataType }) => [name, dataTypeOf(dataType) ?? 'undefined'] as const));
  inNodes(graph.node, { own, outer }, uses);
}

function inNodes(nodes: readonly NodeProto[], scope: Scope, uses: Map<string, QuantisedUse>): void {
  for (const node of nodes) {
    if (node.opType === 'Constant') {
      const value = node.attribute.find((attribute) => attribute.t !== undefined)?.t;
      const [output] = node.output;
      if (value !== undefined && output !== undefined) scope.own.set(output, dataTypeOf(value.dataType) ?? 'undefined');
    }
    for (const input of OPERATORS.test(node.opType) ? node.input : []) {
      const dataType = lookUp(scope, input);
      if (dataType === undefined || !(isInteger(dataType) || SMALL.has(dataType)) || uses.has(input)) continue;
      uses.set(input, { operator: node.opType, initializer: input, dataType });
    }
    for (const { g, graphs } of node.attribute) for (const graph of g === undefined ? graphs : [g, ...graphs]) inGraph(graph, scope, uses);
  }
}
