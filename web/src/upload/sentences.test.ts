import { ERROR_CODES } from '../../../functions/src/contract/outcomes.ts'
import { de } from '../texts/de/index.ts'
import { en } from '../texts/en/index.ts'
import { card, item } from './test-items.ts'
import { problemOf, type Writing } from './sentences.ts'
import type { SendProblem, UploadState } from './uploads.ts'

const english: Writing = { texts: en, locale: 'en', bytes: (bytes) => `${bytes} B` }
const german: Writing = { texts: de, locale: 'de', bytes: (bytes) => `${bytes} B` }
const refused = (problem: Extract<UploadState, { kind: 'refused' }>['problem'], writing = english) =>
  problemOf(item('a', { kind: 'refused', problem }), undefined, writing)

it('says why a file is refused, and what to do', () => {
  expect(refused({ code: 'format', format: 'text', instead: ['jpeg', 'png', 'webp'] })).toBe(
    'The file is text, which is not processed. Send it as JPEG, PNG, or WebP.',
  )
  expect(refused({ code: 'own-format', format: 'heic', instead: ['jpeg'] })).toBe(
    'The file is HEIC, which is not taken for this account. Send it as JPEG.',
  )
  expect(refused({ code: 'own-format', format: 'heic', instead: [] })).toBe(
    'The file is HEIC, which is not taken for this account. This account may send no images at present.',
  )
  expect(refused({ code: 'too-large', bytes: 70, limit: 50 })).toBe(
    'The file has 70 B; the limit is 50 B. Make the image smaller and choose it again.',
  )
  expect(refused({ code: 'too-many', limit: 2000 })).toContain('2,000 files')
})

it('says it in German', () => {
  expect(refused({ code: 'format', format: 'pdf', instead: ['jpeg', 'png'] }, german)).toBe(
    'Die Datei ist ein PDF-Dokument; das wird nicht verarbeitet. Senden Sie sie als JPEG oder PNG.',
  )
  expect(refused({ code: 'too-many', limit: 2000 }, german)).toContain('2.000 Dateien')
})

it.each<SendProblem['code']>(['denied', 'signed-out', 'no-room', 'name-taken', 'unreadable'])(
  'has a sentence of its own for %s',
  (code) => {
    const state = { kind: 'failed', problem: { code } as SendProblem, again: true } as const
    expect(problemOf(item('a', state), undefined, english)).toBe(en.upload.failures[code as 'denied'])
    expect(problemOf(item('a', state), undefined, german)).toBe(de.upload.failures[code as 'denied'])
  },
)

it('keeps the server’s words by themselves', () => {
  const state = { kind: 'failed', problem: { code: 'other', detail: 'storage/unknown' }, again: true } as const
  expect(problemOf(item('a', state), undefined, english)).toContain('(\u2068storage/unknown\u2069)')
})

it.each(ERROR_CODES)('says why an image failed: %s', (code) => {
  const failed = card('a', { status: 'failed', error: { code, message: 'as the pipeline says' } })
  const uploaded = item('a', { kind: 'uploaded', arrivedAt: new Date(0) })
  expect(problemOf(uploaded, failed, english)).toBe(en.common.errors[code])
  expect(problemOf(uploaded, { ...failed, deletedAt: new Date(1) }, english)).toBeNull()
  expect(problemOf(uploaded, { ...failed, status: 'processing' }, english)).toBeNull()
})

it('finds nothing wrong with what goes on', () => {
  expect(problemOf(item('a', { kind: 'sending', sentBytes: 1 }), undefined, english)).toBeNull()
})
