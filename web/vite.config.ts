import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** The local stack, whose project and emulators `vite web` shows the pages with: changes show at once, without a build. */
const STACK = process.env['DARKROOM_HOSTING'] ?? 'http://127.0.0.1:9000'

/** As firebase.json's rewrites. */
const rewrites: Plugin = {
  name: 'rewrites',
  configureServer({ middlewares }) {
    middlewares.use((request, _response, next) => {
      if (/^\/admin(?:\/[^.?]*)?(?:\?|$)/.test(request.url ?? '')) request.url = '/admin/index.html'
      if (/^\/(?:images|figures|account)(?:[/?]|$)/.test(request.url ?? '')) request.url = '/index.html'
      next()
    })
  },
}

// Two pages, the customer's and the admin's: what both need is in files that both load, and neither loads what only the other needs.
// Nothing is inlined (scripts, styles, assets): the pages work under a content security policy of 'self'.
export default defineConfig(({ command }) => {
  // A test that builds the page runs under NODE_ENV=test, by which React would come as it is for developers.
  if (command === 'build') process.env['NODE_ENV'] = 'production'
  return {
    root: import.meta.dirname,
    plugins: [react(), rewrites],
    server: { proxy: { '/config.json': STACK, '/__/': STACK } },
    build: {
      outDir: 'dist',
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 600,
      rolldownOptions: {
        input: [join(import.meta.dirname, 'index.html'), join(import.meta.dirname, 'admin/index.html')],
      },
    },
  }
})
