import { loadConfig } from './firebase/config.ts'
import { App } from './ui/app.tsx'
import { mount } from './ui/start.tsx'
import './ui/app.css'

/** The SDK, by far the largest part, comes in a file of its own while the configuration is fetched. */
async function start() {
  const [config, { connect }] = await Promise.all([loadConfig(fetch), import('./firebase/connect.ts')])
  return { backend: await connect(config), signIns: config.signIns }
}

mount(<App starting={start()} />)
