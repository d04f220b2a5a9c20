import { printable } from '../functions/src/api/dead-letter.ts'
import { parseSettings } from '../functions/src/config/settings.ts'
import { CUSTOMER_ID } from '../functions/src/contract/names.ts'
import { warehouseOf } from '../functions/src/platform/compose-warehouse.ts'
import { CloudObjects } from '../functions/src/platform/cloud-storage.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { explain as look, explained, imageRefOf, type ImageRef } from '../functions/src/reconcile/explain.ts'
import { print, UsageError, type Command } from './command.ts'
import { ProgressLine } from './terminal.ts'

export const explain: Command = {
  help: `  explain IMAGE                  shows all that is known of one image: its object, record, attempts, job, counted cell, row in BigQuery, results, and
                                 the query for its log. IMAGE is its id, customer/id, or the name of its raw object
    --customer C                 where IMAGE is an id: whose it is; else each customer is asked for it, which takes a read each
    --json                       as one line of JSON
`,
  async run([text, ...more], { customer, json }) {
    if (text === undefined || more.length > 0) throw new UsageError('explain: expected one image')
    if (customer !== undefined && !CUSTOMER_ID.test(customer)) {
      throw new UsageError(
        `explain: the customer ${JSON.stringify(customer)}: expected an id that matches ${CUSTOMER_ID.source}`,
      )
    }
    const ref = refOf(text, customer)
    const settings = parseSettings(process.env)
    await using store = new FirestoreStore()
    const progress = new ProgressLine()
    const found = await look(
      {
        store,
        warehouse: warehouseOf(settings),
        raw: new CloudObjects(settings.rawBucket),
        processed: new CloudObjects(settings.processedBucket),
        rawDays: settings.rawDays,
        progress: (customers) => progress.show(`${customers} customers asked`),
      },
      ref,
    )
    progress.end()
    if (found === null) {
      process.stderr.write(`${text} is not known: there is neither a record nor a raw object\n`)
      return 1
    }
    if (json) print(JSON.stringify(found))
    else for (const [label, line] of explained(found)) print(printable(`${label.padEnd(9)} ${line}`).trimEnd())
    return 0
  },
}

/** Throws a UsageError. */
function refOf(text: string, customerId: string | undefined): ImageRef {
  try {
    const ref = imageRefOf(text)
    return ref.kind === 'id' && customerId !== undefined ? { kind: 'image', customerId, imageId: ref.imageId } : ref
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`explain: ${error.message}`)
    throw error
  }
}
