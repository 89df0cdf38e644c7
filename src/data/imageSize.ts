import { imageType } from './recognise.ts';

/**
 * Width and height of a PNG, JPEG or WebP from its header, so that a picture of billions of pixels is refused before a decoder
 * allocates it. Undefined where the header can't be read: the decoder will refuse it too.
 */
export function imageSize(bytes: Uint8Array<ArrayBuffer>): { readonly width: number; readonly height: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    switch (imageType(bytes)) {
      case 'image/png':
        return { width: view.getUint32(16), height: view.getUint32(20) };
      case 'image/jpeg':
        return jpegSize(view);
      case 'image/webp':
        return webpSize(view);
      default:
        return undefined;
    }
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined; // a read past the end of a cut-off header
    throw thrown;
  }
}

/** The frame header of a JPEG: segment SOF0 … SOF15 without the tables DHT, JPG and DAC that stand among them. */
function jpegSize(view: DataView): { readonly width: number; readonly height: number } | undefined {
  let at = 2;
  while (at + 9 < view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** RFC 9649: VP8X and VP8L hold sizes less one, VP8 fourteen bits each. */
function webpSize(view: DataView): { readonly width: number; readonly height: number } | undefined {
  switch (view.getUint32(12)) {
    case 0x56503858: // VP8X
      return {
        width: 1 + (view.getUint16(24, true) | (view.getUint8(26) << 16)),
        height: 1 + (view.getUint16(27, true) | (view.getUint8(29) << 16)),
      };
    case 0x5650384c: {
      const bits = view.getUint32(21, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    }
    case 0x56503820: // VP8
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    default:
      return undefined;
  }
}
