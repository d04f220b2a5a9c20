import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { loadConfig } from '../firebase/config.ts'
import { Gate } from './gate.tsx'
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

const root = document.getElementById('app')
if (root === null) throw new Error('index.html has no element #app')
createRoot(root).render(
  <StrictMode>
    <Gate starting={start()} />
  </StrictMode>,
)
