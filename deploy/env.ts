import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { ROOT } from '../stack/paths.ts'

/**
 * Writes into functions/.env.PROJECT what `firebase deploy` would ask for, and can't where nobody answers: settings that are there stay as they are.
 * Returns the names that it has added. https://firebase.google.com/docs/functions/config-env
 */
export function completeEnv(project: string, values: Readonly<Record<string, string>>, root = ROOT): readonly string[] {
  const file = join(root, 'functions', `.env.${project}`)
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const set = parseEnv(before)
  const missing = Object.entries(values).filter(([name]) => (set[name] ?? '') === '')
  if (missing.length === 0) return []
  const lines = missing.map(([name, value]) => `${name}=${value}\n`).join('')
  appendFileSync(file, before === '' || before.endsWith('\n') ? lines : `\n${lines}`)
  return missing.map(([name]) => name)
}
