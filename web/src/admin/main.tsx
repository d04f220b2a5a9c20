import { loadConfig } from '../firebase/config.ts'
import { Gate } from './gate.tsx'
import { mount } from '../ui/start.tsx'
import '../ui/app.css'
import './admin.css'

async function start() {
  const [config, { openProject }] = await Promise.all([loadConfig(fetch), import('../firebase/accounts.ts')])
  const connection = await openProject(config)
  return {
    accounts: connection.accounts,
    signIns: config.signIns,
    /** What only an admin's browser loads. */
    async enter() {
      const [{ Shell }, { connectAdmin }] = await Promise.all([import('./shell.tsx'), import('../firebase/admin.ts')])
      return { Shell, backend: connectAdmin(connection) }
    },
  }
}

mount(<Gate starting={start()} />)
