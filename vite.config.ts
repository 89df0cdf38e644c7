import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// `base: './'` makes the build work from a static host under any sub-path.
export default defineConfig({
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
  build: { target: 'es2023', chunkSizeWarningLimit: 1500 },
  // ORT finds its .wasm by import.meta.url; pre-bundling would move the script away from it.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
});
