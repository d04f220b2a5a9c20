import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// Nothing is inlined (scripts, styles, assets): the page works under a content security policy of 'self'.
// The firebase SDK has 560 kB (166 compressed) in a file of its own.
export default defineConfig(({ command }) => {
  // A test that builds the page runs under NODE_ENV=test, by which React would come as it is for developers.
  if (command === 'build') process.env['NODE_ENV'] = 'production'
  return {
    root: import.meta.dirname,
    plugins: [react()],
    build: {
      outDir: 'dist',
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 600,
    },
  }
})
