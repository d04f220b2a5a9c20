import type { Run, Runs, Scheduled } from '../../../../functions/src/contract/runs.ts'
import { SCHEDULED } from '../../../../functions/src/contract/runs.ts'
import { dateTime, duration } from '../pieces/format.ts'
import { type Column, Table } from '../../pieces/table.tsx'
import { Mark } from './mark.tsx'
import { NAMES, nextRun, overdueFor, stateOf, type RunState } from './verdict.ts'
import { countsText, every, minutes, STATES, summary, until } from './words.ts'

interface Props {
  readonly all: readonly Runs<Date>[]
  readonly now: Date
  readonly zone: string
}

/** What runs by the clock: its last run, the next one, and those before. */
export function Schedules({ all, now, zone }: Props) {
  // In the order of an image's way; the bridge is there only where there is Kafka.
  const rows = SCHEDULED.flatMap((name) => {
    const runs = all.find((each) => each.name === name) ?? null
    return runs === null && name === 'bridgeKafka' ? [] : [{ name, runs }]
  })
  return (
    <>
      <Table
        caption="Scheduled functions and their last runs"
        columns={columnsOf(now, zone)}
        rows={rows}
        rowKey={({ name }) => name}
      />
      {rows.map(({ name, runs }) => runs !== null && <History key={name} runs={runs} now={now} zone={zone} />)}
    </>
  )
}

interface Row {
  readonly name: Scheduled
  /** Null: it has never run. */
  readonly runs: Runs<Date> | null
}

const columnsOf = (now: Date, zone: string): readonly Column<Row>[] => {
  const ofLast = (row: Row, show: (run: Run<Date>, runs: Runs<Date>) => string) => {
    const run = row.runs?.last[0]
    return row.runs === null || run === undefined ? '' : show(run, row.runs)
  }
  return [
    {
      key: 'name',
      title: 'Function',
      cell: ({ name, runs }) => (
        <>
          <strong>{NAMES[name]}</strong>
          <span className="below">{runs === null ? name : `${name}, ${every(runs.everySeconds)}`}</span>
        </>
      ),
    },
    { key: 'state', title: 'Last run', cell: ({ runs }) => <LastRun runs={runs} now={now} /> },
    { key: 'started', title: 'Started', cell: (row) => ofLast(row, ({ startedAt }) => dateTime(startedAt, zone)) },
    { key: 'took', title: 'Took', numeric: true, cell: (row) => ofLast(row, (run) => tookText(run)) },
    { key: 'did', title: 'Did', cell: (row) => ofLast(row, (run) => countsText(run)) },
    {
      key: 'next',
      title: 'Next run',
      cell: ({ runs }) => {
        const next = runs === null ? null : nextRun(runs, now)
        return next === null ? '' : until(next, now)
      },
    },
    {
      key: 'before',
      title: 'Runs before',
      cell: ({ runs }) => runs !== null && <Strip runs={runs} now={now} />,
    },
  ]
}

function LastRun({ runs, now }: { readonly runs: Runs<Date> | null; readonly now: Date }) {
  const run = runs?.last[0]
  if (runs === null || run === undefined) {
    return (
      <span className="ill">
        <Mark state="differ" /> Has never run
      </span>
    )
  }
  const overdue = overdueFor(runs, now)
  const state = stateOf(run, runs, now)
  return (
    <>
      <State state={state} />
      {run.error !== null && <span className="below problem name">{run.error}</span>}
      {overdue !== null && (
        <span className="below ill">
          <Mark state="differ" /> Has not run for {minutes(overdue)}
        </span>
      )}
    </>
  )
}

const MARKS = { running: 'open', done: 'agree', failed: 'differ', 'broken-off': 'differ' } as const

const State = ({ state }: { readonly state: RunState }) => (
  <span className={MARKS[state] === 'differ' ? 'state ill' : 'state'}>
    <Mark state={MARKS[state]} /> {STATES[state]}
  </span>
)

const tookMs = ({ startedAt, endedAt }: Run<Date>) =>
  endedAt === null ? null : Math.max(0, endedAt.getTime() - startedAt.getTime())
const tookText = (run: Run<Date>) => {
  const took = tookMs(run)
  return took === null ? '' : duration(took)
}

/** The last runs, the newest on the right, as high as they took long. */
function Strip({ runs, now }: { readonly runs: Runs<Date>; readonly now: Date }) {
  const states = runs.last.map((run) => stateOf(run, runs, now))
  const longest = Math.max(1, ...runs.last.map((run) => tookMs(run) ?? 0))
  return (
    <>
      <span className="strip" aria-hidden="true">
        {runs.last
          .map((run, i) => (
            <i
              key={run.id}
              data-state={states[i]}
              style={{ blockSize: `${20 + (80 * (tookMs(run) ?? longest)) / longest}%` }}
            />
          ))
          .toReversed()}
      </span>
      <span className="below">{summary(states)}</span>
    </>
  )
}

function History({ runs, now, zone }: { readonly runs: Runs<Date>; readonly now: Date; readonly zone: string }) {
  const columns: readonly Column<Run<Date>>[] = [
    { key: 'started', title: 'Started', cell: ({ startedAt }) => dateTime(startedAt, zone) },
    { key: 'took', title: 'Took', numeric: true, cell: tookText },
    { key: 'state', title: 'Ended', cell: (run) => <State state={stateOf(run, runs, now)} /> },
    { key: 'did', title: 'Did', cell: (run) => countsText(run) },
    { key: 'error', title: 'Error', cell: ({ error }) => <span className="problem name">{error}</span> },
  ]
  const title = `Last ${runs.last.length} runs of ${NAMES[runs.name]}`
  return (
    <details>
      <summary>{title}</summary>
      <Table caption={title} columns={columns} rows={runs.last} rowKey={({ id }) => id} />
    </details>
  )
}
