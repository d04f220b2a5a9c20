/** Puts the parts together for rollup: a file of its own, since all that it needs is Firestore. */
import { recorded } from '../api/runs.ts'
import { rollUp, TIMING, type RolledUp, type RollUpTiming } from '../rollup/rollup.ts'
import { cloudLog } from './cloud-log.ts'
import { FirestoreStore } from './firestore-store.ts'
import { once } from './once.ts'
import { stopwatch } from './stopwatch.ts'

const store = once(() => new FirestoreStore())

/** On a developer's machine nobody waits for an hour, and the emulator commits within a moment. */
const LOCAL: RollUpTiming = { overlap: 2, thoroughOverlap: 10, rest: 30, latest: 60 }
const IS_LOCAL = process.env['FUNCTIONS_EMULATOR'] === 'true'

/**
 * `seconds`: how long the run may take before it leaves the rest to the next. `again`: see {@link rollUp}. Throws where Firestore failed; what was written stays
 * right.
 */
export async function rollUpNow(seconds: number, options: { readonly again?: boolean } = {}): Promise<RolledUp> {
  const { milliseconds, isPast } = stopwatch()
  const timing = IS_LOCAL ? LOCAL : TIMING
  const parts = { store: store(), log: cloudLog, timing, outOfTime: () => isPast(seconds) }
  try {
    const done = await recorded(parts, 'rollup', () => rollUp(parts, options), countsOf)
    cloudLog.info('rollup finished', { ...done, milliseconds: milliseconds() })
    return done
  } catch (error) {
    cloudLog.error('rollup failed', { milliseconds: milliseconds(), error })
    throw error
  }
}

const countsOf = ({ days, customers, checked, differing, left }: RolledUp) => ({
  "customers' days": days,
  customers,
  'days checked': checked,
  'days that differ': differing,
  left,
})
