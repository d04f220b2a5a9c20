import { SettingsError } from './reader.ts'
import { parseSettings } from './settings.ts'

const valid = { RAW_BUCKET: 'p-raw', PROCESSED_BUCKET: 'p-processed' }

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseSettings(env)
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
  return []
}

describe('settings', () => {
  it('have defaults for all but the buckets', () => {
    expect(parseSettings(valid)).toMatchObject({
      retentionDays: 7,
      rawDays: 14,
      recordDays: 400,
      reportingTimeZone: 'UTC',
    })
    expect(problemsOf({})).toEqual([
      expect.stringContaining('RAW_BUCKET is not set'),
      expect.stringContaining('PROCESSED_BUCKET is not set'),
    ])
  })

  it.each([
    [{ PROCESSED_BUCKET: 'p-raw' }, 'must differ'],
    [{ RETENTION_DAYS: '6' }, 'RETENTION_DAYS is "6": expected a whole number of days from 7'],
    [{ RETENTION_DAYS: 'week' }, 'RETENTION_DAYS is "week"'],
    [{ RETENTION_DAYS: '7.5' }, 'RETENTION_DAYS is "7.5"'],
    [{ RETENTION_DAYS: '-7' }, 'RETENTION_DAYS is "-7"'],
    [{ REPORTING_TIME_ZONE: 'Mars/Olympus' }, 'IANA name'],
    [{ RECORD_DAYS: '21' }, 'more than RAW_DAYS + KAFKA_RETENTION_DAYS = 21'],
    [{ STATS_SHARDS: '0' }, 'STATS_SHARDS'],
    [{ MAX_INPUT_BYTES: '999999999999' }, 'MAX_INPUT_BYTES'],
    [{ WORK_SECONDS: '360' }, 'less than LEASE_SECONDS'],
    [{ LEASE_SECONDS: '20', WORK_SECONDS: '10' }, 'LEASE_SECONDS is 20: expected at least 360'],
    [{ RAW_BUCKET: 'No_Such Bucket' }, 'RAW_BUCKET'],
    [{ METRIC_CUSTOMERS: 'acme, a b' }, 'METRIC_CUSTOMERS has "a b"'],
    [
      { METRIC_CUSTOMERS: Array.from({ length: 101 }, (_, n) => `c${n}`).join() },
      '101 customers: expected at most 100',
    ],
    [{ ALERT_EMAIL: 'somebody' }, 'ALERT_EMAIL is "somebody"'],
    [{ ALERT_KAFKA_LAG: '0' }, 'ALERT_KAFKA_LAG is "0": expected a whole number of records from 1'],
    [{ WEB_ORIGINS: 'https://a.example,https://b.example/' }, 'WEB_ORIGINS has "https://b.example/"'],
    [{ BIGQUERY_DATASET: 'a-b' }, 'BIGQUERY_DATASET'],
    [{ BIGQUERY_API_ENDPOINT: 'localhost' }, 'BIGQUERY_API_ENDPOINT'],
  ])('%j is refused and says what was expected', (env, message) => {
    expect(problemsOf({ ...valid, ...env })).toEqual([expect.stringContaining(message)])
  })

  it('may hold leases short in the emulator only', () => {
    expect(problemsOf({ ...valid, FUNCTIONS_EMULATOR: 'true', LEASE_SECONDS: '20', WORK_SECONDS: '10' })).toEqual([])
  })

  it('report every mistake at once', () => {
    const problems = problemsOf({ RETENTION_DAYS: '1', STATS_SHARDS: 'x', REPORTING_TIME_ZONE: 'nowhere' })
    expect(problems).toHaveLength(5)
    expect(() => parseSettings({ RETENTION_DAYS: '1' })).toThrow(/3 settings are wrong:\n- /)
  })
})
