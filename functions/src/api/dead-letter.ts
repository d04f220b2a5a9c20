/** One record of the dead letters, as an admin sees it. */
import { bytesOf, type KafkaRecord } from '../bridge/kafka.ts'
import { ORIGIN_HEADER } from '../bridge/parse.ts'
import { REFUSALS, type Refusal } from '../bridge/refusals.ts'
import { UPLOAD_ID } from '../contract/names.ts'
import type { Instant } from '../ledger/instant.ts'

/** A record of `{topic}.dlq`, without its bytes. What a sender wrote is in it as it came, but cut: {@link printable} shows it. */
export interface DeadLetter {
  /** Where it stands among the dead letters. */
  readonly partition: number
  readonly offset: number
  /** When it became one: milliseconds since 1970, UTC. */
  readonly at: number
  /** `not-ours`: somebody else wrote it. */
  readonly reason: Refusal | 'not-ours'
  readonly detail: string
  /** Where the record stood, and its time; null where it is not ours. */
  readonly from: {
    readonly topic: string
    readonly partition: number
    readonly offset: number
    readonly timestamp: number
  } | null
  /** Where it stood before it was ever replayed; null where it is not ours. */
  readonly origin: string | null
  /** As the event or else the key names it: not always an id that a customer can have. */
  readonly customer: string | null
  readonly id: string | null
  readonly source: string | null
  readonly subject: string | null
  /** Of the record's value, even where it was left out. */
  readonly bytes: number
  /** Only its headers and key are there, since the broker took none of that size. */
  readonly leftOut: boolean
  /** The last time. */
  readonly replayed: { readonly at: Instant; readonly by: string } | null
}

/** Of a text that is shown, in characters. */
const MAX_SHOWN = 512
const STRUCTURED = /^application\/cloudevents\+json/i

/** Never throws: anybody may have written the record. */
export function letterOf(record: KafkaRecord): DeadLetter {
  const { partition, offset, timestamp, headers, value, key } = record
  const text = (name: string) => (headers[name]?.length === 1 ? shown(headers[name][0] as Uint8Array) : null)
  const whole = (name: string) => (/^-?\d{1,15}$/.test(text(name) ?? '') ? Number(text(name)) : null)
  const [reason, detail, origin] = [text('darkroom_reason'), text('darkroom_detail'), text(ORIGIN_HEADER)]
  const from = {
    topic: text('darkroom_topic'),
    partition: whole('darkroom_partition'),
    offset: whole('darkroom_offset'),
    timestamp: whole('darkroom_timestamp'),
  }
  const leftOut = value === null && headers['darkroom_value_bytes'] !== undefined
  const bytes = leftOut ? whole('darkroom_value_bytes') : bytesOf(record)
  const ours =
    isRefusal(reason) &&
    detail !== null &&
    bytes !== null &&
    UPLOAD_ID.test(origin ?? '') &&
    Object.values(from).every((each) => each !== null)
  const attribute = attributesOf(record)
  return {
    partition,
    offset,
    at: timestamp,
    ...(ours
      ? { reason, detail, from: from as NonNullable<DeadLetter['from']>, origin }
      : {
          reason: 'not-ours',
          detail: 'Its darkroom_ headers are not as the bridge writes them.',
          from: null,
          origin: null,
        }),
    customer: attribute('customerid') ?? (key === null ? null : shown(key)),
    id: attribute('id'),
    source: attribute('source'),
    subject: attribute('subject'),
    bytes: bytes ?? 0,
    leftOut,
    replayed: null,
  }
}

const isRefusal = (text: string | null): text is Refusal => text !== null && Object.hasOwn(REFUSALS, text)

/** CloudEvents' attributes, as far as they can be read; the bridge's own reading (bridge/parse.ts) takes no others. */
function attributesOf({ headers, value }: KafkaRecord): (name: string) => string | null {
  const texts = new Map(
    Object.entries(headers).map(([name, [first]]) => [name.toLowerCase(), first === undefined ? null : shown(first)]),
  )
  if (value === null || !STRUCTURED.test(texts.get('content-type') ?? ''))
    return (name) => texts.get(`ce_${name}`) ?? null
  let event: unknown
  try {
    event = JSON.parse(new TextDecoder().decode(value))
  } catch {
    event = null
  }
  return (name) => {
    const attribute = typeof event === 'object' && event !== null ? (event as Record<string, unknown>)[name] : null
    return typeof attribute === 'string' ? shown(Buffer.from(attribute.slice(0, MAX_SHOWN + 1))) : null
  }
}

/** Cut before it is decoded: a part of a text keeps the whole in memory. */
function shown(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, 4 * MAX_SHOWN + 4))
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

/** Fit for a terminal, on one line: what would move the cursor, turn the direction or not be seen is written as in JSON. */
export const printable = (text: string) =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, unit) => {
      const code = character.charCodeAt(unit).toString(16)
      return `\\u${code.padStart(4, '0')}`
    }).join(''),
  )
