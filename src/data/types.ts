/** How pixels become the model's input: value = (pixel × scale − mean[c]) / std[c], in float32. Sizes in pixels. */
export interface Preprocessing {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly layout: 'NCHW' | 'NHWC';
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /**
   * `none`: stored size must be the model's size; `exact`: stretch to width × height; `shortest-edge`: scale the shorter edge to
   * `resizeTo`, then centre-crop to width × height.
   */
  readonly resize: 'none' | 'exact' | 'shortest-edge';
  readonly resizeTo?: number;
}

/** Held-out examples in one shape whatever the file format was. Structured-cloneable. */
export interface Dataset {
  readonly name: string;
  /** Number of examples. */
  readonly n: number;
  /**
   * `pixels`: uint8, n × height × width × channels, as stored or decoded (before scale, mean and std).
   * `tensor`: float32, n × product(itemDims), fed to the model as it is.
   */
  readonly kind: 'pixels' | 'tensor';
  readonly values: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  /** Dims of one example: [height, width, channels] for pixels; as in the file for tensors. */
  readonly itemDims: readonly number[];
  /** Class index of every example; absent for unlabelled data. */
  readonly labels?: Int32Array<ArrayBuffer>;
  readonly classNames?: readonly string[];
  /** Pictures only: the size they were decoded to. With another size or way of resizing, the files have to be read again. */
  readonly decodedBy?: Preprocessing;
  /** SHA-256 (hex) over the hashes of values and labels as they lie here, and over kind and dims. */
  readonly sha256: string;
}

/** A set ready for the model: the dataset with the preprocessing it is fed through (undefined for tensors). */
export interface PreparedSet {
  readonly dataset: Dataset;
  readonly preprocessing?: Preprocessing;
  /** Dims of one example as the model's input wants them, e.g. [1, 28, 28]. */
  readonly inputDims: readonly number[];
  /** Name of the graph input it feeds. */
  readonly inputName: string;
}

/** One dropped file: its path as the person knows it (folders included) and its bytes. */
export interface DataFile {
  readonly path: string;
  readonly blob: Blob;
}

export interface ReadOptions {
  readonly name: string;
  /** Names of the classes by index. For folders of images they also give the order; without them, folder names sorted. */
  readonly classNames?: readonly string[];
  /** The model's size, which images are decoded to. Arrays are kept as stored. */
  readonly preprocessing?: Preprocessing;
  readonly signal?: AbortSignal;
}
