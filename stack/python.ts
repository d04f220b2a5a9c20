/** A Python for what comes from PyPI. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** What is asked for first where it is all the same. */
const USUAL = '3.13'

/**
 * The first that is `accepted`, by its version such as `3.13`: from DARKROOM_PYTHON, PATH, pyenv, then the platform's usual folders. Null
 * where there is none.
 */
export function findPython(accepted: (version: string) => boolean): string | null {
  const pyenv = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions')
  const candidates = [
    process.env['DARKROOM_PYTHON'],
    `python${USUAL}`,
    'python3',
    'python',
    ...(existsSync(pyenv) ? readdirSync(pyenv).map((version) => join(pyenv, version, 'bin/python')) : []),
    `/opt/homebrew/bin/python${USUAL}`,
    `/usr/local/bin/python${USUAL}`,
    join(homedir(), `AppData/Local/Programs/Python/Python${USUAL.replace('.', '')}/python.exe`),
  ]
  return candidates.find((python) => python !== undefined && accepted(versionOf(python))) ?? null
}

/** Empty where it is not there, or no Python. */
function versionOf(python: string): string {
  try {
    const program = 'import sys; print("%d.%d" % sys.version_info[:2])'
    return execFileSync(python, ['-c', program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}
