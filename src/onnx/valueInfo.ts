import { dataTypeOf } from './dataTypes.ts';
import type { ValueInfoProto } from './generated/onnx_pb.ts';
import { fileProblem } from './problems.ts';
import type { ValueInfo } from './types.ts';

/** An input or output as data. Sequences, maps and optionals have dataType `undefined` and no dims. Throws `bad-dims`. */
export function describeValue(file: string, value: ValueInfoProto): ValueInfo {
  const type = value.type?.value;
  if (type?.case !== 'tensorType') return { name: value.name, dataType: 'undefined', dims: [] };
  const dims = (type.value.shape?.dim ?? []).map(({ value: dim }): number | string => {
    if (dim.case !== 'dimValue') return dim.case === 'dimParam' ? dim.value : '';
    // Exporters of old wrote -1 or 0 for a dim that is free.
    if (dim.value <= 0n) return '';
    if (dim.value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw fileProblem('bad-dims', file, `"${value.name}" has a dim of ${dim.value}`, { found: `${dim.value}` });
    }
    return Number(dim.value);
  });
  return { name: value.name, dataType: dataTypeOf(type.value.elemType) ?? 'undefined', dims };
}
