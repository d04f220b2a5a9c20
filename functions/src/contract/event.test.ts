import fc from 'fast-check'
import { eventOf, metadataOf, type SourceEvent } from './event.ts'

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 512 })
const events: fc.Arbitrary<SourceEvent> = fc.record({
  topic: fc.stringMatching(/^[A-Za-z0-9._-]{1,249}$/),
  partition: fc.nat(),
  offset: fc.maxSafeNat(),
  id: fc.option(text),
  source: fc.option(text),
  subject: fc.option(text),
  time: fc.option(text),
  answer: fc.boolean(),
})

it('what a record said of itself comes back from the metadata of its object, whole', () => {
  fc.assert(
    fc.property(events, (event) => {
      const metadata = metadataOf(event)
      expect(eventOf(metadata)).toEqual(event)
      // Others may add their own, as the storage emulator does.
      expect(eventOf({ ...metadata, firebaseStorageDownloadTokens: 'x' })).toEqual(event)
    }),
  )
})

it('an object that the bridge did not write has none', () => {
  expect(eventOf({})).toBeNull()
  expect(
    eventOf({ answer: 'no', ceId: 'e-1', ceSource: '/cameras/7', kafkaTopic: 'images', kafkaOffset: '4' }),
  ).toBeNull()
})

it('an object from before senders could do without an answer wants one', () => {
  const event = eventOf({ kafkaTopic: 'images', kafkaPartition: '0', kafkaOffset: '4' })
  expect(event).toEqual({
    topic: 'images',
    partition: 0,
    offset: 4,
    id: null,
    source: null,
    subject: null,
    time: null,
    answer: true,
  })
})
