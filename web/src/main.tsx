import { loadConfig } from './firebase/config.ts'
import { App } from './ui/app.tsx'
import { mount } from './ui/start.tsx'
import { chosenTheme, showTheme } from './ui/theme.ts'
import './ui/app.css'

// Before anything is shown.
showTheme(chosenTheme())

/** The SDK for signing in comes in a file of its own while the configuration is fetched; the rest of it once somebody is signed in. */
async function start() {
  const [config, { openProject }] = await Promise.all([loadConfig(fetch), import('./firebase/accounts.ts')])
  const connection = await openProject(config)
  return {
    accounts: connection.accounts,
    signIns: config.signIns,
    /** What only a signed-in customer's browser loads. */
    async enter() {
      const [{ Shell }, { openBackend }] = await Promise.all([
        import('./ui/shell.tsx'),
        import('./firebase/connect.ts'),
      ])
      return { Shell, backend: openBackend(connection) }
    },
  }
}

mount(<App starting={start()} />)
