import { pauseProcessing, readPause, resumeProcessing } from '../functions/src/api/controls.ts'
import { handOnWaiting } from '../functions/src/api/waiting.ts'
import { parseSettings } from '../functions/src/config/settings.ts'
import { SettingsError } from '../functions/src/config/reader.ts'
import { lossesOf, type Pause } from '../functions/src/intake/pause.ts'
import { Instant } from '../functions/src/ledger/instant.ts'
import { CloudObjects } from '../functions/src/platform/cloud-storage.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { adminRedrive } from './redrive.ts'
import { caller } from './audit.ts'
import { print, UsageError, type Command } from './command.ts'
import { ProgressLine } from './terminal.ts'

export const pause: Command = {
  help: `  pause REASON                   stops all processing within ten seconds: no image is claimed, no record is taken from Kafka. What is at work
                                 ends; what arrives waits in the raw bucket and in the topic, and is taken up after resume
    --show                       says whether it is, why, and when what waits is lost
`,
  changes: (_args, { show }) => !show,
  async run([reason, ...more], { show, project }) {
    await using store = new FirestoreStore()
    if (!show) {
      if (reason === undefined || more.length > 0) throw new UsageError('pause: expected one REASON, in quotes')
      await pauseProcessing(store, reason, await caller(project))
    }
    const found = await readPause(store)
    if (found === null) print('processing is not paused')
    else printPause(found)
    return 0
  },
}

export const resume: Command = {
  help: `  resume                         ends the pause: what has waited is found by reconcile, a part of the bucket at a time, and goes through redrive
`,
  changes: () => true,
  async run(args, { project }) {
    if (args.length > 0) throw new UsageError('resume: expected no arguments')
    await using store = new FirestoreStore()
    const ended = await resumeProcessing(store, await caller(project))
    print(
      ended === null
        ? 'processing was not paused'
        : `processing goes on within ten seconds; it was paused ${sinceOf(ended)}: ${ended.reason}`,
    )
    return 0
  },
}

const sinceOf = ({ since, by }: Pause) => `since ${since?.toString() ?? 'nobody knows when'} by ${by || 'somebody'}`

function printPause(found: Pause): void {
  print(`processing is paused ${sinceOf(found)}: ${found.reason}`)
  try {
    const { rawIsDeletedFrom, kafkaIsDeletedFrom } = lossesOf(found, parseSettings(process.env))
    if (rawIsDeletedFrom !== null) print(`images that wait in the raw bucket are deleted from ${rawIsDeletedFrom} on`)
    if (kafkaIsDeletedFrom !== null) print(`records that wait in Kafka are deleted from ${kafkaIsDeletedFrom} on`)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    // A pause must not fail for that.
    print(`when what waits is deleted can't be said: ${error.message}`)
  }
}

export const waiting: Command = {
  help: `  waiting                        shows how many raw objects have no record, such as those that arrived during a pause; with --start hands them
                                 on at once, which reconcile would do a part of the bucket at a time
    --from DAY                   those that arrived from this day on (YYYY-MM-DD, UTC)
    --start                      starts: redrive takes ten at a time; broken off, the same command goes on with the rest
`,
  changes: (_args, { start }) => start,
  async run(args, { from, start }) {
    if (args.length > 0) throw new UsageError('waiting: expected no arguments')
    if (from !== undefined && (!/^\d{4}-\d\d-\d\d$/.test(from) || Number.isNaN(Date.parse(from)))) {
      throw new UsageError(`waiting: --from ${JSON.stringify(from)}: expected YYYY-MM-DD`)
    }
    const { rawBucket, leaseSeconds } = parseSettings(process.env)
    await using store = new FirestoreStore()
    if (start && (await readPause(store)) !== null) throw new UsageError('waiting: processing is paused; resume first')
    const line = new ProgressLine()
    const { objects, waiting: found } = await handOnWaiting(
      {
        raw: new CloudObjects(rawBucket),
        store,
        redrive: adminRedrive({ leaseSeconds }),
        progress: (counts) => line.show(`${counts.objects} objects looked at`),
      },
      {
        since: from === undefined ? undefined : Instant.ofMillis(Date.parse(from)),
        before: Instant.ofMillis(Date.now()).plusSeconds(-leaseSeconds),
      },
      start,
    )
    line.end()
    print(`${found} of ${objects} raw objects have no record${start ? ': they were handed to redrive' : ''}`)
    if (!start && found > 0) print('nothing was handed on; add --start to start')
    return 0
  },
}
