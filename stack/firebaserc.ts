/** .firebaserc: which projects there are, by which short names, and which buckets' rules go where. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './paths.ts'

interface FirebaseRc {
  readonly projects: Readonly<Record<string, string>>
  readonly targets?: Readonly<Record<string, { readonly storage?: StorageTargets }>>
}

/** The buckets of each storage target of firebase.json. */
export type StorageTargets = Readonly<Record<string, readonly string[]>>

const read = (root: string) => JSON.parse(readFileSync(join(root, '.firebaserc'), 'utf8')) as FirebaseRc

/** The id of a project that is named by its id or by its alias, such as `staging`. */
export const projectOf = (name: string, root = ROOT): string => read(root).projects[name] ?? name

/** The short name of a project that is named by its id or by its alias; null where it has none. `default` says nothing. */
export function aliasOf(name: string, root = ROOT): string | null {
  const project = projectOf(name, root)
  const named = Object.entries(read(root).projects).find(([alias, id]) => id === project && alias !== 'default')
  return named?.[0] ?? null
}

export const storageTargets = (project: string, root = ROOT): StorageTargets =>
  read(root).targets?.[project]?.storage ?? {}

/** Names the two buckets for a project that has no targets yet, and returns whether it has done so. What is there is left. */
export function addStorageTargets(project: string, buckets: StorageTargets, root = ROOT): boolean {
  const rc = read(root)
  if (rc.targets?.[project]?.storage !== undefined) return false
  const targets = { ...rc.targets, [project]: { ...rc.targets?.[project], storage: buckets } }
  writeFileSync(join(root, '.firebaserc'), `${JSON.stringify({ ...rc, targets }, null, 2)}\n`)
  return true
}
