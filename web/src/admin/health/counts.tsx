import { MAX_COUNTED_DAYS, type HealthAnswer, type HealthRequest } from '../../../../functions/src/contract/admin.ts'
import type { DayCounts } from '../../../../functions/src/contract/runs.ts'
import type { AdminData, Recounted } from '../backend.ts'
import { CsvButton } from '../../pieces/csv-button.tsx'
import { dateTime } from '../pieces/format.ts'
import { day, number } from '../../pieces/format.ts'
import { Notice } from '../pieces/notice.tsx'
import { PeriodPicker } from '../pieces/period-picker.tsx'
import { periodChanges, periodOf } from '../pieces/period.ts'
import { daysOf } from '../../pieces/days.ts'
import { type Column, Table } from '../../pieces/table.tsx'
import { useFilters } from '../../pieces/use-filters.ts'
import { useWatch } from '../../pieces/watch.ts'
import { Outcome, useCall } from './call.tsx'
import { Mark } from './mark.tsx'
import { comparisonOf } from './words.ts'

interface Props {
  readonly data: AdminData
  readonly today: string
  readonly zone: string
  /** Undefined: not known yet; null: there was none. */
  readonly recount: Recounted | null | undefined
}

/** How many images of each day records, counters and BigQuery have, side by side. */
export function Counts({ data, today, zone, recount }: Props) {
  const [search, setFilters] = useFilters()
  const period = periodOf(search, today)
  const { from, to } = period
  const counts = useWatch<readonly DayCounts<Date>[]>(
    (...then) => data.watchCounts(from, to, ...then),
    [data, from, to],
  )
  const call = useCall(data, 'adminHealth', countedText)
  const days = daysOf(period)
  const rows = counts.value?.toReversed() ?? []
  const columns = columnsOf(zone)
  return (
    <>
      <p className="quiet">
        Images that have come to an end, by the day of their arrival: as records, by Firestore’s counters, and as rows
        in BigQuery. Recount counts a day every hour in which something of it has changed, the last seven days at least
        once a day. Erased customers are left out: of them only counters remain.
      </p>
      <PeriodPicker period={period} zone={zone} onChange={(chosen) => setFilters(periodChanges(chosen))} />
      <div className="asking">
        <button
          type="button"
          disabled={call.busy || days > MAX_COUNTED_DAYS}
          onClick={() => void call.start((operation) => ({ action: 'count', from, to, operation }))}
        >
          Count again
        </button>
        {days > MAX_COUNTED_DAYS && (
          <p className="quiet">At most {MAX_COUNTED_DAYS} days are counted at once: choose fewer.</p>
        )}
        <Outcome data={data} call={call} />
      </div>
      <Notice watched={counts} />
      {counts.value !== null && (
        <>
          <div className="heading">
            <p className="quiet">
              {rows.length === days
                ? 'All days of the period have been counted.'
                : `${number(rows.length)} of ${number(days)} days of the period have been counted.`}
            </p>
            <CsvButton name={`counts ${from} ${to}`} columns={columns} rows={rows} />
          </div>
          <Table
            caption="Images of each day by records, counters and BigQuery"
            columns={columns}
            rows={rows}
            rowKey={({ date }) => date}
            empty="No day of this period has been counted yet: “Count again” does."
          />
        </>
      )}
      {recount !== undefined && <p className="quiet">{recountText(recount, zone)}</p>}
    </>
  )
}

function countedText(answer: HealthAnswer, request: HealthRequest): string {
  if (answer.action !== 'count' || request.action !== 'count') return ''
  const { days, differing } = answer
  const asked = daysOf(request)
  const found =
    differing === 0 ? 'none of them differs' : `${number(differing)} of them ${differing === 1 ? 'differs' : 'differ'}`
  const left =
    days < asked ? ` Then time was up: the ${number(asked - days)} oldest were not counted. Choose those alone.` : ''
  return `${number(days)} ${days === 1 ? 'day was' : 'days were'} counted; ${found}.${left}`
}

function recountText(recount: Recounted | null, zone: string): string {
  if (recount === null) return 'Nothing has been recounted yet.'
  const { days, differing, repaired, left, finishedAt } = recount
  const found =
    differing === 0
      ? 'all counters were as the records say'
      : `${number(differing)} had wrong counters, ${number(repaired)} were repaired`
  const later = left === 0 ? '' : ` ${number(left)} are left to the next run.`
  return `Recount, which looks at every customer’s day that has changed and come to rest, ended last on ${dateTime(finishedAt, zone)}. It looked at ${number(days)}: ${found}.${later}`
}

const columnsOf = (zone: string): readonly Column<DayCounts<Date>>[] => {
  const figure = (key: 'records' | 'counters' | 'bigQuery', title: string): Column<DayCounts<Date>> => ({
    key,
    title,
    numeric: true,
    cell: (counts) => (counts[key] === null ? '–' : number(counts[key])),
    text: (counts) => counts[key] ?? '',
  })
  return [
    { key: 'day', title: 'Day', cell: ({ date }) => day(date), text: ({ date }) => date },
    figure('records', 'Records'),
    figure('counters', 'Counters'),
    figure('bigQuery', 'BigQuery'),
    {
      key: 'compared',
      title: 'Compared',
      cell: (counts) => {
        const { state, text } = comparisonOf(counts)
        return (
          <span className={state === 'differ' ? 'ill' : undefined}>
            <Mark state={state} /> {text}
          </span>
        )
      },
      text: (counts) => comparisonOf(counts).text,
    },
    {
      key: 'counted',
      title: 'Counted',
      cell: ({ countedAt }) => dateTime(countedAt, zone),
      text: ({ countedAt }) => countedAt.toISOString(),
    },
  ]
}
