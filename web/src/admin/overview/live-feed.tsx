import { memo, useEffect, useMemo, useState } from 'react'
import { Link } from 'wouter'
import { formatName } from '../../ui/format.ts'
import type { AdminData } from '../backend.ts'
import { dateTime, duration } from '../pieces/format.ts'
import { bytes } from '../../pieces/format.ts'
import { Notice } from '../pieces/notice.tsx'
import { addEnded, endedText, FEED_IMAGES, type FeedRow, feedRows, NONE_ENDED, throttled, type Timers } from './feed.ts'
import type { Filter } from '../../pieces/sums.ts'
import { useNames } from './use-names.ts'

/** Two renders a second, and six sentences a minute for a screen reader, however many images end. */
const RENDER_MS = 500
const SAY_MS = 10_000

interface Props {
  readonly data: AdminData
  readonly zone: string
  readonly filter: Filter
}

/** Each image as it ends. While it is paused, or the page can't be seen, nothing is read. */
export function LiveFeed({ data, zone, filter }: Props) {
  const [paused, setPaused] = useState(false)
  const visible = useVisible()
  const feed = useFeed(data, !paused && visible)
  const { known, ask } = useNames(data)
  useEffect(() => ask((feed.value ?? []).map(({ customerId }) => customerId)), [ask, feed.value])
  const rows = useMemo(
    () =>
      (feed.value ?? []).filter(
        ({ source, format }) =>
          (filter.source ?? source) === source && (filter.format === null || filter.format === format),
      ),
    [feed.value, filter],
  )
  return (
    <section className="card-section feed" aria-labelledby="feed">
      <div className="heading">
        <h2 id="feed">As it happens</h2>
        <button type="button" className="small" aria-pressed={paused} onClick={() => setPaused(!paused)}>
          Pause
        </button>
      </div>
      <p className="quiet">
        {paused ? 'Paused.' : `The last ${FEED_IMAGES} images that ended, the newest first.`}
        {filter.source !== null || filter.format !== null ? ' Only those that match what is chosen above.' : ''}
      </p>
      <Notice watched={feed} />
      <div className="feed-rows" role="region" aria-label="Images that ended" tabIndex={0}>
        {feed.value !== null && rows.length === 0 && (
          <p className="quiet">None yet. Each image shows up here as it ends.</p>
        )}
        <ul>
          {rows.map((row) => (
            <Row key={row.key} row={row} name={known.get(row.customerId) ?? row.customerId} zone={zone} />
          ))}
        </ul>
      </div>
      <p role="status" className="visually-hidden">
        {paused ? '' : feed.said}
      </p>
    </section>
  )
}

interface RowProps {
  readonly row: FeedRow
  readonly name: string
  readonly zone: string
}

const Row = memo(({ row, name, zone }: RowProps) => (
  <li data-status={row.processed ? 'done' : 'failed'}>
    <p className="feed-file">
      <bdi className="name">{row.fileName}</bdi>
      <span className="status">{row.processed ? 'Processed' : 'Failed'}</span>
    </p>
    {row.reason !== null && <p className="problem">{row.reason}</p>}
    <p className="quiet">
      <Link href={`/customers/${row.customerId}`}>
        <bdi className="name">{name}</bdi>
      </Link>
      {[
        row.source === 'web' ? 'Web' : 'Kafka',
        row.format === null ? null : formatName(row.format),
        bytes(row.bytes),
        row.milliseconds === null ? null : duration(row.milliseconds),
        row.endedAt === null ? null : dateTime(row.endedAt, zone),
      ]
        .filter((fact) => fact !== null)
        .map((fact) => ` · ${fact}`)}
    </p>
  </li>
))

const TIMERS: Timers = {
  now: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
}

interface Feed {
  /** Null until it is known. They stay when the feed is stopped. */
  readonly value: readonly FeedRow[] | null
  readonly current: boolean
  readonly problem: string | null
  readonly restart: () => void
  /** What ended lately, in a sentence. */
  readonly said: string
}

function useFeed(data: AdminData, running: boolean): Feed {
  const [view, setView] = useState<Pick<Feed, 'value' | 'current'>>({ value: null, current: true })
  const [problem, setProblem] = useState<string | null>(null)
  const [said, setSaid] = useState('')
  const [round, setRound] = useState(0)

  useEffect(() => {
    if (!running) return
    setProblem(null)
    let rows: readonly FeedRow[] | null = null
    let current = true
    let ended = NONE_ENDED
    const render = throttled(() => setView({ value: rows, current }), RENDER_MS, TIMERS)
    const say = throttled(
      () => {
        setSaid(endedText(ended))
        ended = NONE_ENDED
      },
      SAY_MS,
      TIMERS,
    )
    const stop = data.watchFeed(
      FEED_IMAGES,
      (records, isCurrent) => {
        const after = feedRows(rows ?? [], records)
        // What is there at the beginning is no news.
        if (rows !== null) ended = addEnded(ended, rows, after)
        rows = after
        current = isCurrent
        render.ask()
        if (ended.processed + ended.failed > 0) say.ask()
      },
      setProblem,
    )
    return () => {
      stop()
      render.stop()
      say.stop()
    }
  }, [data, running, round])

  return { ...view, problem, said, restart: () => setRound((last) => last + 1) }
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(!document.hidden)
  useEffect(() => {
    const look = () => setVisible(!document.hidden)
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])
  return visible
}
