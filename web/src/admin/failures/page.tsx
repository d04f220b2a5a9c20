import { useEffect, useState } from 'react'
import type { FailureFilter, ReplayAnswer } from '../../../../functions/src/contract/admin.ts'
import { SOURCES } from '../../../../functions/src/contract/names.ts'
import { ERROR_CODES } from '../../../../functions/src/contract/outcomes.ts'
import type { ImageRecord } from '../../../../functions/src/contract/record.ts'
import { counted } from '../../ui/format.ts'
import type { AdminData } from '../backend.ts'
import type { PageProps } from '../page.ts'
import { CsvButton } from '../../pieces/csv-button.tsx'
import { Notice } from '../pieces/notice.tsx'
import { PeriodPicker } from '../pieces/period-picker.tsx'
import { periodChanges } from '../pieces/period.ts'
import { Table } from '../../pieces/table.tsx'
import { useFilters } from '../../pieces/use-filters.ts'
import { useToday } from '../../pieces/use-today.ts'
import { type Failure, fileColumns, tableColumns } from './columns.tsx'
import { Details } from './details.tsx'
import { FilterForm } from './filter-form.tsx'
import { customerProblem, daysOf, failureFilterOf } from './filters.ts'
import { ReplayStatus } from './replay-status.tsx'
import { addReplays, type Work } from './rounds.ts'
import { endText, planText, shownText } from './texts.ts'
import { MOST_ROWS, ROWS, useFailures, useFates } from './use-failures.ts'
import { useReplay } from './use-replay.ts'
import { visible } from './visible.ts'
import './failures.css'

/** Of a replay's counts, while it goes on. */
const WORDS = {
  matching: 'looked at',
  replayable: 'started',
  rawExpired: 'originals expired',
  busy: 'being tried already',
  deleted: 'deleted by their owners',
}

/** While images are being tried again: how often the list is read once more by itself (milliseconds), and how many times after a replay. */
const LOOK_AGAIN_MS = 5000
const LOOKS = 12

/** Failed images, newest arrival first, and how they are tried again. */
export function FailuresPage({ data, zone }: PageProps) {
  const [address, change] = useFilters()
  const today = useToday(zone)
  const period = daysOf(address, today)
  const filter = failureFilterOf(address, period)
  const failures = useFailures(data, filter)
  const fates = useFates(data, failures.records)
  const replaying = useReplay()
  const [looks, setLooks] = useState(0)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [shown, setShown] = useState<ImageRecord<Date> | null>(null)
  const rows = failures.records?.map((record): Failure => ({ record, fate: fates.of(record) })) ?? []
  const picked = rows.flatMap(({ record }) => (selected.has(record.imageId) ? [record] : []))
  const isIdle = !['planning', 'running'].includes(replaying.state.phase)

  const refresh = () => {
    setSelected(new Set())
    setLooks(LOOKS)
    failures.again()
  }
  const foundEnded = () => {
    change({ operation: null })
    refresh()
  }
  const replay = async (images: readonly ImageRecord<Date>[] | FailureFilter) => {
    if (isIdle && (await replaying.begin(workOf(data, images)))) refresh()
  }
  // What was tried again leaves the list, or comes back as failed.
  const isWaiting = looks > 0 && rows.length <= ROWS && rows.some(({ record }) => record.job !== null)
  useEffect(() => {
    if (!isWaiting || failures.busy) return
    const timer = setTimeout(() => {
      setLooks(looks - 1)
      failures.again()
    }, LOOK_AGAIN_MS)
    return () => clearTimeout(timer)
  }, [isWaiting, failures.busy, looks])

  return (
    <>
      <h1>Failures</h1>
      <PeriodPicker period={period} zone={zone} onChange={(chosen) => change(periodChanges(chosen))} />
      <FilterForm
        customer={filter.customerId ?? ''}
        choices={[
          { name: 'reason', label: 'Reason', value: filter.reason ?? '', values: ERROR_CODES },
          { name: 'source', label: 'Source', value: filter.source ?? '', values: SOURCES },
        ]}
        customerProblem={customerProblem}
        onChange={change}
      />
      <div className="failure-actions">
        <button
          type="button"
          aria-disabled={picked.length === 0 || !isIdle}
          onClick={() => picked.length > 0 && void replay(picked)}
        >
          {picked.length === 0 ? 'Replay selected' : `Replay ${counted(picked.length, 'selected image')}`}
        </button>
        <button type="button" aria-disabled={!isIdle} onClick={() => void replay(filter)}>
          Replay all that match
        </button>
        <button type="button" onClick={refresh}>
          Read again
        </button>
        <CsvButton name="Failures" columns={fileColumns} rows={rows} />
        <ReplayStatus data={data} replaying={replaying} words={WORDS} onFoundEnded={foundEnded} />
      </div>
      <Notice watched={{ ...failures, value: failures.records }} />
      {fates.problem !== null && (
        <p className="quiet notice">Whether originals are still there could not be asked ({fates.problem}).</p>
      )}
      {failures.records !== null && (
        <section aria-label="What matches" aria-busy={failures.busy} className="failures">
          <p role="status" className="quiet">
            {shownText('failed image', rows.length, failures.more === null ? '' : ', and there are more')}
          </p>
          <Table
            caption="Failed images"
            columns={tableColumns({
              zone,
              onDetails: setShown,
              onReplay: isIdle ? (record) => void replay([record]) : null,
            })}
            rows={rows}
            rowKey={({ record }) => record.imageId}
            selection={{
              selected,
              onChange: setSelected,
              label: ({ record }) => `Select ${visible(record.fileName)} of ${record.customerId}`,
            }}
            empty="No failed image matches."
          />
          {failures.more !== null && (
            <button type="button" aria-disabled={failures.busy} onClick={() => !failures.busy && failures.more?.()}>
              Show {ROWS} more
            </button>
          )}
          {rows.length >= MOST_ROWS && (
            <p className="quiet">No more than {MOST_ROWS} are shown: narrow them down by customer, reason or days.</p>
          )}
        </section>
      )}
      {shown !== null && <Details record={shown} zone={zone} onClose={() => setShown(null)} />}
    </>
  )
}

/** Images by name, or all that match. */
function workOf(data: AdminData, images: readonly ImageRecord<Date>[] | FailureFilter): Work<ReplayAnswer> {
  const named = 'length' in images ? images.map(({ customerId, imageId }) => ({ customerId, imageId })) : images
  return {
    ask: (start, operation, last) =>
      data.call('adminReplay', {
        images: named,
        start,
        operation,
        ...(typeof last?.more === 'string' && { after: last.more }),
      }),
    more: ({ more }) => more !== null,
    add: addReplays,
    possible: ({ replayable }) => replayable,
    planText,
    endText,
    actionText: ({ replayable }) => `Replay ${counted(replayable, 'image')}`,
  }
}
