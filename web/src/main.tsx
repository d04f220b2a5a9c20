import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { loadConfig } from './firebase/config.ts'
import { App } from './ui/app.tsx'
import './ui/app.css'

/** The SDK, by far the largest part, comes in a file of its own while the configuration is fetched. */
async function start() {
  const [config, { connect }] = await Promise.all([loadConfig(fetch), import('./firebase/connect.ts')])
  return { backend: await connect(config), signIns: config.signIns }
}

const root = document.getElementById('app')
if (root === null) throw new Error('index.html has no element #app')
createRoot(root).render(
  <StrictMode>
    <App starting={start()} />
  </StrictMode>,
)
