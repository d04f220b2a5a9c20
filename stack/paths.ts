import { join } from 'node:path'

/** The repository. */
export const ROOT = join(import.meta.dirname, '..')
/** Everything that a run creates besides node_modules and built code. */
export const STATE = join(ROOT, '.darkroom')
/** What a later start need not find or make again; may be deleted at any time. */
export const CACHE = join(STATE, 'cache')
export const FIREBASE_TOOLS = join(ROOT, 'node_modules', 'firebase-tools', 'lib', 'bin', 'firebase.js')
