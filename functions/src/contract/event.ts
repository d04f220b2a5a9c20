/**
 * What a Kafka record said of itself, as it travels with the image: as metadata of the raw object, then in the record, at last back to the
 * sender in `{topic}.results`. No imports.
 */
export interface SourceEvent {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** CloudEvents' `id` and `source`, which together identify the event; null where the record had no id. */
  readonly id: string | null
  readonly source: string | null
  /** CloudEvents' `subject`: the file's name, to show. */
  readonly subject: string | null
  /** CloudEvents' `time`, as it was sent. */
  readonly time: string | null
  /** False where the sender wants no answer. */
  readonly answer: boolean
}

/** In characters (UTF-16 units). Together they stay below the 8 KiB that Cloud Storage allows for metadata. */
export const MAX_EVENT_TEXT = 512
export const MAX_SUBJECT = 255

/** Custom metadata of the raw object. https://cloud.google.com/storage/docs/metadata#custom-metadata */
export function metadataOf(event: SourceEvent): Readonly<Record<string, string>> {
  const { topic, partition, offset, id, source, subject, time, answer } = event
  return {
    kafkaTopic: topic,
    kafkaPartition: String(partition),
    kafkaOffset: String(offset),
    answer: answer ? 'yes' : 'no',
    ...(id !== null && { ceId: id }),
    ...(source !== null && { ceSource: source }),
    ...(subject !== null && { ceSubject: subject }),
    ...(time !== null && { ceTime: time }),
  }
}

/** The inverse of {@link metadataOf}; null where the metadata is not the bridge's. */
export function eventOf(metadata: Readonly<Record<string, string>>): SourceEvent | null {
  const { kafkaTopic, kafkaPartition, kafkaOffset, ceId, ceSource, ceSubject, ceTime, answer } = metadata
  if (kafkaTopic === undefined || kafkaPartition === undefined || kafkaOffset === undefined) return null
  return {
    topic: kafkaTopic,
    partition: Number(kafkaPartition),
    offset: Number(kafkaOffset),
    id: ceId ?? null,
    source: ceSource ?? null,
    subject: ceSubject ?? null,
    time: ceTime ?? null,
    answer: answer !== 'no',
  }
}
