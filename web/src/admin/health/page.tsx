import { useEffect, type ReactNode } from 'react'
import type { DayCounts, Runs } from '../../../../functions/src/contract/runs.ts'
import type { RetentionAnswer } from '../../../../functions/src/contract/admin.ts'
import type { BridgeStatus, ExportRun, Pause, Recounted } from '../backend.ts'
import type { PageProps } from '../page.ts'
import { number } from '../../pieces/format.ts'
import { useLoad } from '../../pieces/load.ts'
import { Notice } from '../pieces/notice.tsx'
import { plusDays } from '../../pieces/days.ts'
import { sentenceFor } from '../pieces/problem.ts'
import { useToday } from '../../pieces/use-today.ts'
import { useWatch } from '../../pieces/watch.ts'
import { AuditLog } from './audit.tsx'
import { Bridges } from './bridge.tsx'
import { Counts } from './counts.tsx'
import { Exports } from './exports.tsx'
import { Mark } from './mark.tsx'
import { PauseSwitch } from './pause.tsx'
import { Retention } from './retention.tsx'
import { Schedules } from './schedules.tsx'
import { useNow } from './use-now.ts'
import { findings, isKnown, type Finding, type Health, type Section } from './verdict.ts'
import './health.css'

const EXPORTS = 10
/** Days that the verdict looks at. */
const JUDGED_DAYS = 31
/** What is not live is asked for again so often. Milliseconds. */
const ASK_EVERY_MS = 60_000

/** Is anything wrong, and what is it: the first place to look. */
export function HealthPage({ data, zone }: PageProps) {
  const now = useNow()
  const today = useToday(zone)
  const runs = useWatch<readonly Runs<Date>[]>((...then) => data.watchRuns(...then), [data])
  const exports = useWatch<readonly ExportRun[]>((...then) => data.watchExports(EXPORTS, ...then), [data])
  const bridges = useWatch<readonly BridgeStatus[]>((...then) => data.watchBridges(...then), [data])
  // None is an answer, too.
  const recount = useWatch<{ readonly last: Recounted | null }>(
    (listener, onProblem) => data.watchRecount((last, current) => listener({ last }, current), onProblem),
    [data],
  )
  const pause = useWatch<{ readonly pause: Pause | null }>(
    (listener, onProblem) => data.watchPause((value, current) => listener({ pause: value }, current), onProblem),
    [data],
  )
  const counts = useWatch<readonly DayCounts<Date>[]>(
    (...then) => data.watchCounts(plusDays(today, 1 - JUDGED_DAYS), today, ...then),
    [data, today],
  )
  const newest = useLoad(async () => ({ change: await data.newestChange() }), [data])
  useEffect(() => {
    const timer = setInterval(newest.again, ASK_EVERY_MS)
    return () => clearInterval(timer)
  }, [newest.again])
  const retention = useLoad<RetentionAnswer>(async () => {
    const answer = await data.call('adminHealth', { action: 'retention' })
    if (answer.action !== 'retention') throw new TypeError(`the answer is one to ${answer.action}`)
    return answer
  }, [data])

  const health: Health = {
    runs: runs.value,
    exports: exports.value,
    newestChange: newest.value?.change,
    recount: recount.value?.last,
    bridges: bridges.value,
    pause: pause.value?.pause,
    counts: counts.value,
    retention: retention.value,
  }
  const watched = [runs, exports, bridges, recount, pause, counts]
  const problems = [...watched, newest, retention].flatMap(({ problem }) => (problem === null ? [] : [problem]))
  const current = watched.every((each) => each.current)
  return (
    <>
      <h1>Health</h1>
      <Verdict
        found={findings(health, now, zone)}
        known={isKnown(health)}
        current={current}
        problems={[...new Set(problems)]}
      />
      <Panel id="schedules" title="Scheduled functions">
        <Notice watched={runs} />
        {runs.value !== null && <Schedules all={runs.value} now={now} zone={zone} />}
      </Panel>
      <Panel id="export" title="Export to BigQuery">
        <Notice watched={exports} />
        {newest.problem !== null && <Notice watched={newest} />}
        <Exports data={data} exports={exports.value} newestChange={newest.value?.change} now={now} zone={zone} />
      </Panel>
      <Panel id="counts" title="Three counts">
        <Counts data={data} today={today} zone={zone} recount={recount.value?.last} />
        {recount.problem !== null && <Notice watched={recount} />}
      </Panel>
      <Panel id="bridge" title="Kafka">
        <Notice watched={bridges} />
        {bridges.value !== null && <Bridges all={bridges.value} zone={zone} />}
      </Panel>
      <Panel id="retention" title="Retention">
        <Notice watched={retention} />
        {retention.value !== null && (
          <Retention answer={retention.value} zone={zone} busy={retention.busy} onAgain={retention.again} />
        )}
      </Panel>
      <Panel id="pause" title="Pause">
        <Notice watched={pause} />
        {pause.value !== null && <PauseSwitch data={data} pause={pause.value.pause} zone={zone} />}
      </Panel>
      <AuditLog data={data} zone={zone} />
    </>
  )
}

interface VerdictProps {
  readonly found: readonly Finding[]
  readonly known: boolean
  /** False without a connection: what is known may be old. */
  readonly current: boolean
  /** Codes of what could not be looked at. */
  readonly problems: readonly string[]
}

function Verdict({ found, known, current, problems }: VerdictProps) {
  const state = found.length > 0 ? 'ill' : known && current && problems.length === 0 ? 'well' : 'unknown'
  return (
    <section className="card-section verdict" data-state={state} aria-label="Verdict">
      {/* Without the list, whose durations change all the time. */}
      <p role="status" className="verdict-line">
        {state === 'well' && (
          <>
            <Mark state="agree" /> All is well.
          </>
        )}
        {state === 'ill' && (
          <>
            <Mark state="differ" />{' '}
            {found.length === 1 ? 'One thing is not well:' : `${number(found.length)} things are not well:`}
          </>
        )}
        {state === 'unknown' && (
          <>
            <Mark state="open" />{' '}
            {known || problems.length > 0 ? 'Whether all is well can’t be seen.' : 'Looking at everything…'}
          </>
        )}
      </p>
      {found.length > 0 && (
        <ul>
          {found.map(({ section, text }) => (
            <li key={`${section} ${text}`}>
              <a href={`#${section}`}>{text}</a>
            </li>
          ))}
        </ul>
      )}
      {!current && <p className="problem">There is no connection: this is what was so before.</p>}
      {problems.map((problem) => (
        <p key={problem} className="problem">
          Not everything can be seen. {sentenceFor(problem)}
        </p>
      ))}
    </section>
  )
}

interface PanelProps {
  readonly id: Section
  readonly title: string
  readonly children: ReactNode
}

const Panel = ({ id, title, children }: PanelProps) => (
  <section className="card-section health-panel" id={id} aria-labelledby={`${id}-title`}>
    <h2 id={`${id}-title`}>{title}</h2>
    {children}
  </section>
)
