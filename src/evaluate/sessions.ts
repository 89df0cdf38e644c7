import type { InferenceSession } from 'onnxruntime-web';

/** What the console never sees: the runtime's warnings about nodes it places itself. */
export const quiet: Pick<InferenceSession.SessionOptions, 'logSeverityLevel'> = { logSeverityLevel: 4 };

/** `x → Relu → y`, float32 [1]: a serialized ModelProto of a few bytes, opset 13. Loads the runtime and keeps it loaded. */
export function tinyModel(): Uint8Array<ArrayBuffer> {
  const base64 = 'CAgSADozCgwKAXgSAXkiBFJlbHUSAWdaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgQKABAN';
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** A model's bytes with the files beside it, in memory. Never a URL: a failed fetch makes every later `create` throw. */
export interface ModelFiles {
  readonly model: Uint8Array<ArrayBuffer>;
  readonly externalData?: readonly { readonly path: string; readonly data: Uint8Array<ArrayBuffer> }[];
}

export function externalDataOption(files: ModelFiles): Pick<InferenceSession.SessionOptions, 'externalData'> {
  if (files.externalData === undefined || files.externalData.length === 0) return {};
  return { externalData: files.externalData.map(({ path, data }) => ({ path, data })) };
}
