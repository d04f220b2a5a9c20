/** Alarms are worth what they rest on: each line that a metric counts is one that the code writes, with the fields that are taken from it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSettings } from '../functions/src/config/settings.ts'
import { REFUSALS } from '../functions/src/bridge/refusals.ts'
import { alarmsOf, anchorOf } from './monitoring-alarms.ts'
import { filterOf, METRICS, type Metric } from './monitoring-metrics.ts'

const SOURCE = join(__dirname, '../functions/src')
const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !/[\\/]testing[\\/]/.test(file))
  .map((file) => readFileSync(join(SOURCE, file), 'utf8'))

/** The calls that log exactly this message, each with all that follows up to the end of its arguments. */
function callsOf(message: string): readonly string[] {
  return sources.flatMap((source) =>
    [...source.matchAll(/\.(?:info|warn|error)\(\s*'((?:[^'\\]|\\.)*)'/g)]
      .filter(([, logged]) => logged?.replaceAll("\\'", "'") === message)
      .map(({ index }) => argumentsFrom(source, index)),
  )
}

function argumentsFrom(source: string, from: number): string {
  let depth = 0
  for (let at = source.indexOf('(', from); at < source.length; at++) {
    if (source[at] === '(') depth++
    if (source[at] === ')' && --depth === 0) return source.slice(from, at + 1)
  }
  return source.slice(from)
}

const lines = (METRICS as readonly Metric[]).flatMap((metric) =>
  [metric.message].flat().map((message): [string, string, Metric] => [metric.name, message, metric]),
)

it.each(lines)('%s counts a line that is written: %s', (_name, message) => {
  expect(callsOf(message)).not.toEqual([])
})

/** Fields that a line takes from an object as a whole. */
const SPREAD: Readonly<Record<string, RegExp>> = {}

it.each(lines.filter(([, , { labels, value }]) => labels !== undefined || value !== undefined))(
  '%s takes fields that the line has: %s',
  (_name, message, { labels = {}, value }) => {
    const fields = [...Object.values(labels), ...(value === undefined ? [] : [value.field])]
    for (const call of callsOf(message))
      for (const field of fields)
        expect([field, call]).toEqual([field, expect.stringMatching(SPREAD[field] ?? new RegExp(`\\b${field}\\b`))])
  },
)

it('a dead letter has one of the reasons that docs/kafka.md explains: few enough for a label', () => {
  expect(Object.keys(REFUSALS).length).toBeLessThanOrEqual(20)
})

it('filters name services and messages exactly', () => {
  const of = (name: string) => filterOf((METRICS as readonly Metric[]).find((metric) => metric.name === name)!)
  expect(of('darkroom_images')).toBe(
    'resource.type="cloud_run_revision" AND resource.labels.service_name=("processimage" OR "redrive") AND jsonPayload.message="image finished"',
  )
  expect(of('darkroom_exports')).toBe(
    'resource.type="cloud_run_revision" AND resource.labels.service_name="exporttobigquery" AND jsonPayload.message="export finished" AND jsonPayload.outcome!="busy"',
  )
  expect(of('darkroom_bridge_lag')).toBe(
    '((resource.type="cloud_run_revision" AND resource.labels.service_name="bridgekafka") OR resource.type="cloud_run_worker_pool") AND jsonPayload.message="bridge status"',
  )
})

describe('docs/operations.md', () => {
  const operations = readFileSync(join(__dirname, '../docs/operations.md'), 'utf8')
  const alarms = alarmsOf(
    parseSettings({ RAW_BUCKET: 'p-raw', PROCESSED_BUCKET: 'p-processed', KAFKA_BROKERS: 'kafka.example:9092' }),
  )

  it('has a row for each alarm, with the same sentences, and no other', () => {
    const rows = [
      ...operations.matchAll(/^\| <a id="(alarm-[a-z-]+)"><\/a>`([a-z-]+)` \| (.*?) \| (.*?) \| (.*?) \|$/gm),
    ]
    expect(rows.map(([, anchor, id, severity, means, todo]) => ({ anchor, id, severity, means, todo }))).toEqual(
      alarms.map((alarm) => ({
        anchor: anchorOf(alarm),
        id: alarm.id,
        severity: alarm.severity,
        means: alarm.means,
        todo: alarm.todo,
      })),
    )
  })

  it('has what the alarms refer to', () => {
    for (const part of ['## By hand', '`a partition has stopped', '**Lag grows**', 'attempts-exhausted'])
      expect(operations).toContain(part)
  })
})
