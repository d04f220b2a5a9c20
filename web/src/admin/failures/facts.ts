/** All that is known of a failed image without looking at a byte of it. Pure functions; every value is text from outside. */
import { FORMAT_NAMES, type Format } from '../../../../functions/src/contract/formats.ts'
import { traceIdOf } from '../../../../functions/src/contract/names.ts'
import type { ImageRecord } from '../../../../functions/src/contract/record.ts'
import { dateTime, duration } from '../pieces/format.ts'
import { bytes, number } from '../../pieces/format.ts'

/** A value that is null is not known, and left out. */
export type Fact = readonly [label: string, value: string | null]
export interface FactGroup {
  readonly title: string
  readonly facts: readonly Fact[]
}

export function factsOf(record: ImageRecord<Date>, zone: string, locale?: string): readonly FactGroup[] {
  const { customerId, imageId, source, fileName, error, attempt, lost, job, raw, input, event, durations } = record
  const time = (date: Date | null) => date && dateTime(date, zone, locale)
  const whole = (value: number | null | undefined) =>
    value === null || value === undefined ? null : number(value, locale)
  const groups: readonly FactGroup[] = [
    {
      title: 'The failure',
      facts: [
        ['Reason', error?.code ?? null],
        ['As the customer is told', error?.message ?? null],
        ['Processor', error?.processor ?? null],
        ['Attempts', whole(attempt)],
        ['Of which its process died', lost === 0 ? null : whole(lost)],
        ['Being tried again since', job === null ? null : time(record.updatedAt)],
        ['Ended', time(record.processedAt)],
      ],
    },
    {
      title: 'The image',
      facts: [
        ['File name', fileName],
        ['Customer', customerId],
        ['Image', imageId],
        ['Source', source],
        ['Arrived', time(record.receivedAt)],
        ['Day it is counted for', record.date],
        ['Profile version', record.profileVersion],
      ],
    },
    {
      title: 'What was sent',
      facts: [
        ['Object', raw.name],
        ['Generation', raw.generation],
        ['Size', `${bytes(raw.bytes, locale)}${raw.bytes < 1024 ? '' : ` (${number(raw.bytes, locale)} bytes)`}`],
        ['Content type, as declared', raw.contentType === '' ? 'none' : raw.contentType],
        ['Format, by its bytes', formatText(record)],
        ['Width × height', input === null || input.width === 0 ? null : `${input.width} × ${input.height} pixels`],
        ['Pages', input?.pages === 0 ? null : whole(input?.pages)],
        ['Alpha channel', input === null || input.width === 0 ? null : input.alpha ? 'yes' : 'no'],
        ['CRC32C (base64)', raw.crc32c],
        ['SHA-256', input?.sha256 ?? null],
      ],
    },
    {
      title: 'How long each step took',
      facts: Object.entries(durations).map(([step, took]): Fact => [step, duration(took, locale)]),
    },
    {
      title: 'The Kafka record',
      facts:
        event === null
          ? []
          : [
              ['Topic', event.topic],
              ['Partition', String(event.partition)],
              ['Offset', String(event.offset)],
              ['ce_id', event.id],
              ['ce_source', event.source],
              ['ce_subject', event.subject],
              ['ce_time', event.time],
              ['An answer is wanted', event.answer ? 'yes' : 'no'],
            ],
    },
    {
      title: 'In the log',
      facts: [['Trace', traceIdOf(imageId)]],
    },
  ]
  return groups
    .map(({ title, facts }) => ({ title, facts: facts.filter(([, value]) => value !== null) }))
    .filter(({ facts }) => facts.length > 0)
}

/** For Cloud Logging's query field: the whole way of the image. `:` finds the trace in whichever project. */
export const logQueryOf = (imageId: string) => `trace:"${traceIdOf(imageId)}"`

/** What the bytes are, and whether the sender has said something else. */
function formatText({ input, counted, raw }: ImageRecord<Date>): string | null {
  const format = input?.format ?? counted?.format ?? 'unknown'
  if (input === null && format === 'unknown') return null
  const declared = declaredFormat(raw.contentType)
  const name = FORMAT_NAMES[format]
  const isAsDeclared = declared === null || format === 'unknown' || declared === format
  return isAsDeclared ? name : `${name}, which is not what was declared`
}

const ALIASES: Readonly<Record<string, Format>> = {
  jpg: 'jpeg',
  pjpeg: 'jpeg',
  heif: 'heic',
  'svg+xml': 'svg',
  'x-icon': 'ico',
}

/** Null where the content type names no kind of image. */
function declaredFormat(contentType: string): string | null {
  const name = /^image\/([a-z0-9.+-]+)/i.exec(contentType)?.[1]?.toLowerCase()
  return name === undefined ? null : (ALIASES[name] ?? name)
}
