import type { AttributeProto, FunctionProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from './generated/onnx_pb.ts';
import type { ModelIndex } from './types.ts';

/**
 * The graph as text, one line a node, equal exactly where two models compute the same function of inputs and weights: operator,
 * domain, attributes (of tensors only type and dims: their values are compared as bytes elsewhere), and the names of the values
 * between nodes. Names of nodes, documentation, metadata and the order of initializers don't count.
 */
export function graphSignature(model: ModelIndex): string {
  const { skeleton } = model;
  const opsets = skeleton.opsetImport.map(({ domain, version }) => `${domain || 'ai.onnx'}:${version}`).sort();
  const weights = new Set(model.initializers.map(({ name }) => name));
  return [
    `opset ${opsets.join(' ')}`,
    ...(skeleton.graph === undefined ? [] : graphLines(skeleton.graph, weights)),
    ...skeleton.functions.flatMap(functionLines),
  ].join('\n');
}

function graphLines(graph: GraphProto, weights: ReadonlySet<string>): readonly string[] {
  return [
    // Weights listed as inputs are an exporter's habit ("overridable"), not another graph.
    `in ${graph.input
      .filter(({ name }) => !weights.has(name))
      .map(value)
      .join(' ')}`,
    ...graph.node.map(nodeLine),
    `out ${graph.output.map(value).join(' ')}`,
  ];
}

function functionLines(of: FunctionProto): readonly string[] {
  const imports = of.opsetImport.map(({ domain, version }) => `${domain || 'ai.onnx'}:${version}`).sort();
  return [
    `function ${of.domain}.${of.name}:${of.overload} (${of.input.join(',')}) -> (${of.output.join(',')}) ${imports.join(' ')}`,
    ...of.node.map(nodeLine),
    ...of.attributeProto.map(attributeText),
  ];
}

function nodeLine(node: NodeProto): string {
  const domain = node.domain === '' || node.domain === 'ai.onnx' ? '' : `${node.domain}.`;
  const attributes = node.attribute.map(attributeText).sort();
  const overload = node.overload === '' ? '' : `:${node.overload}`;
  return `${domain}${node.opType}${overload}(${node.input.join(',')}) -> (${node.output.join(',')}) {${attributes.join('; ')}}`;
}

function attributeText(attribute: AttributeProto): string {
  const parts: string[] = [];
  if (attribute.refAttrName !== '') parts.push(`@${attribute.refAttrName}`);
  if (Object.hasOwn(attribute, 'f')) parts.push(`${attribute.f}`);
  if (Object.hasOwn(attribute, 'i')) parts.push(`${attribute.i}`);
  if (attribute.s.length > 0) parts.push(bytesText(attribute.s));
  if (attribute.floats.length > 0) parts.push(`[${attribute.floats.join(',')}]`);
  if (attribute.ints.length > 0) parts.push(`[${attribute.ints.join(',')}]`);
  if (attribute.strings.length > 0) parts.push(`[${attribute.strings.map(bytesText).join(',')}]`);
  for (const tensor of attribute.t === undefined ? attribute.tensors : [attribute.t, ...attribute.tensors]) parts.push(tensorText(tensor));
  for (const graph of attribute.g === undefined ? attribute.graphs : [attribute.g, ...attribute.graphs]) parts.push(subgraphText(graph));
  for (const sparse of attribute.sparseTensor === undefined
    ? attribute.sparseTensors
    : [attribute.sparseTensor, ...attribute.sparseTensors]) {
    parts.push(`sparse[${sparse.dims.join(',')}]`);
  }
  return `${attribute.name}=${parts.join(' ')}`;
}

function subgraphText(graph: GraphProto): string {
  return `{${[...graph.initializer.map(tensorText), ...graphLines(graph, new Set())].join(' | ')}}`;
}

function tensorText(tensor: TensorProto): string {
  return `tensor<${tensor.name}:${tensor.dataType}[${tensor.dims.join(',')}]>`;
}

/** The rank counts; the sizes don't: one export may name the batch, another fix it. */
function value(info: ValueInfoProto): string {
  const type = info.type?.value;
  return type?.case === 'tensorType' ? `${info.name}:${type.value.elemType}/${type.value.shape?.dim.length ?? '?'}` : info.name;
}

const TEXT = new TextDecoder();

function bytesText(bytes: Uint8Array): string {
  return JSON.stringify(TEXT.decode(bytes));
}
