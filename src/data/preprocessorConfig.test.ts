import { expect, test } from 'vitest';
import { parsePreprocessorConfig } from './index.ts';

const half = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
const result = { channels: 3, layout: 'NCHW', scale: 1 / 255, mean: half.image_mean, std: half.image_std };

// The forms in which transformers' own processors write their configuration.
test.each([
  [
    'ViT',
    { do_resize: true, size: { height: 224, width: 224 }, do_rescale: true, rescale_factor: 1 / 255 },
    { width: 224, height: 224, resize: 'exact' },
  ],
  ['ViT, old', { do_resize: true, size: 384 }, { width: 384, height: 384, resize: 'exact' }],
  [
    'CLIP',
    { size: { shortest_edge: 224 }, do_center_crop: true, crop_size: { height: 224, width: 224 } },
    { width: 224, height: 224, resize: 'shortest-edge', resizeTo: 224 },
  ],
  ['CLIP, old', { size: 224, do_center_crop: true, crop_size: 224 }, { width: 224, height: 224, resize: 'shortest-edge', resizeTo: 224 }],
  [
    'DINOv2',
    { size: { shortest_edge: 256 }, crop_size: { height: 224, width: 224 } },
    { width: 224, height: 224, resize: 'shortest-edge', resizeTo: 256 },
  ],
  ['ConvNeXt', { size: { shortest_edge: 224 }, crop_pct: 0.875 }, { width: 224, height: 224, resize: 'shortest-edge', resizeTo: 256 }],
  [
    'ConvNeXt 384',
    { size: { shortest_edge: 384 }, image_processor_type: 'ConvNextImageProcessor' },
    { width: 384, height: 384, resize: 'exact' },
  ],
  ['no resizing', { do_resize: false, size: { height: 28, width: 32 } }, { width: 32, height: 28, resize: 'none' }],
] as const)('%s', (_, config, frame) => {
  expect(parsePreprocessorConfig({ ...config, ...half })).toEqual({ ...result, ...frame });
});

test('without rescaling or normalising', () => {
  expect(parsePreprocessorConfig({ size: 32, do_rescale: false, do_normalize: false })).toMatchObject({
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  });
  expect(parsePreprocessorConfig({ size: 28, image_mean: [0.3], image_std: 0.2 })).toMatchObject({ channels: 1, mean: [0.3], std: [0.2] });
});

test.each([
  [{ ...half }, 'no size'],
  [{ size: 224 }, 'image_mean'],
  [{ size: { shortest_edge: 224 }, ...half }, 'crop_size'],
  [{ size: -3, ...half }, 'size'],
  [{ size: 224, image_mean: [0, 0], image_std: [1, 1] }, 'image_mean'],
  [{ size: 224, image_mean: [0, 0, 0], image_std: [1, 0, 1] }, 'image_std'],
  [{ size: 224, image_mean: [0], image_std: [1, 1, 1] }, '1 numbers'],
  [null, 'the file'],
  ['text', 'the file'],
])('%j is refused', (config, text) => {
  const found = parsePreprocessorConfig(config, 'here.json');
  expect(found).toMatchObject({ kind: 'preprocessing', file: 'here.json' });
  expect('text' in found && found.text).toContain(text);
});
