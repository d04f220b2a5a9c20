/** Why a record can never be taken. docs/kafka.md has the same list for those who send; a test holds them equal. */
export const REFUSALS = {
  'no-specversion': 'neither the header ce_specversion nor a content-type of application/cloudevents+json',
  'unsupported-specversion': 'a ce_specversion other than 1.0',
  'invalid-structured': 'structured mode whose JSON, data or attributes can not be read',
  'invalid-header': 'a header that is there twice, is not UTF-8, or has control characters',
  'no-customer': 'neither ce_customerid nor a record key',
  'invalid-customer': 'a customer id of other characters than [A-Za-z0-9_-], longer than 128, or a source (web, kafka)',
  'invalid-id': 'a ce_id that is empty or longer than 512 characters',
  'invalid-source': 'a ce_id without a ce_source, or a ce_source longer than 512 characters',
  empty: 'no bytes, neither in the record nor behind its ce_dataref',
  'too-large': 'more bytes than MAX_INPUT_BYTES',
  'not-an-image': 'bytes that do not begin as an image does',
  'invalid-dataref': 'a ce_dataref other than gs://bucket/object#generation, or one beside bytes',
  'dataref-not-allowed': 'a ce_dataref to a bucket that KAFKA_DATAREF_BUCKETS does not name',
  'dataref-not-found': 'a ce_dataref to an object that is not there in that generation',
  'id-conflict': 'the ce_id and ce_source of an earlier record with other bytes',
} as const
export type Refusal = keyof typeof REFUSALS

/** A record that can never be taken: it goes to the dead letters. */
export interface Refused {
  readonly refused: Refusal
  /** One sentence for the sender: what was wrong and what was expected. */
  readonly detail: string
}

export const refuse = (refused: Refusal, detail: string): Refused => ({ refused, detail })
