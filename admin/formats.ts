import { readLimits, setFormats } from '../functions/src/api/controls.ts'
import { parseSettings } from '../functions/src/config/settings.ts'
import { isSendable, SENDABLE_FORMATS, type Format } from '../functions/src/contract/formats.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { caller } from './audit.ts'
import { print, UsageError, type Command } from './command.ts'

export const formats: Command = {
  help: `  formats CUSTOMER               shows which formats a customer may send
  formats CUSTOMER jpeg,png      lets it send these and no others; none: takes nothing of it
                                 (${SENDABLE_FORMATS.join(', ')})
  formats CUSTOMER all           lets it send every format again that is processed
`,
  changes: (args) => args.length > 1,
  async run([customer, wanted, ...more], { project }) {
    if (customer === undefined || more.length > 0)
      throw new UsageError('formats: expected CUSTOMER, or CUSTOMER and a list')
    await using store = new FirestoreStore()
    if (wanted !== undefined) await setFormats(store, customer, formatsOf(wanted), await caller(project))
    const own = (await readLimits(store, customer)).formats
    print(
      `${customer} may send ${own === null ? 'every format that is processed' : own.join(', ') || 'nothing at all'}`,
    )
    if (own?.includes('svg') && !parseSettings(process.env).allowSvg)
      print('svg only where ALLOW_SVG is yes: it is not')
    if (wanted !== undefined) print('functions that are running take it up within a minute')
    return 0
  },
}

/** Null where it may send all. */
function formatsOf(wanted: string): readonly Format[] | null {
  if (wanted === 'all') return null
  if (wanted === 'none') return []
  return wanted.split(',').map((name) => {
    if (isSendable(name)) return name
    throw new UsageError(
      `formats: ${JSON.stringify(name)}: expected ${SENDABLE_FORMATS.join(', ')} with commas between them, none or all`,
    )
  })
}
