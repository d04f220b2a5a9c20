import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { adminPath } from '../../functions/src/contract/admin.ts'
import { ACCEPTED_MEDIA_TYPES } from '../../functions/src/contract/formats.ts'
import { MAX_UPLOAD_BYTES } from '../../functions/src/contract/limits.ts'
import { CUSTOMER_ID, MAX_FILE_NAME_LENGTH, SOURCES, UPLOAD_ID } from '../../functions/src/contract/names.ts'

/** The rules without their comments. */
const rules = (file: string) => readFileSync(join(__dirname, '../..', file), 'utf8').replaceAll(/^\s*\/\/.*$/gm, '')
const FILES = ['storage.rules', 'storage.processed.rules', 'firestore.rules']
const withoutAnchors = (pattern: RegExp) => pattern.source.replace(/^\^/, '').replace(/\$$/, '')
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1])

describe('the rules repeat the contract:', () => {
  it('the largest upload', () => {
    expect(all(rules('storage.rules'), /request\.resource\.size <= (\d+)/g)).toEqual([String(MAX_UPLOAD_BYTES)])
  })

  it('the media types', () => {
    const [list] = all(rules('storage.rules'), /contentType in \[([^\]]*)\]/g)
    expect(list?.split(',').map((type) => type.trim().replaceAll("'", ''))).toEqual(ACCEPTED_MEDIA_TYPES)
  })

  it('the upload id and the length of a file name', () => {
    expect(all(rules('storage.rules'), /uploadId\.matches\('([^']*)'\)/g)).toEqual([withoutAnchors(UPLOAD_ID)])
    expect(all(rules('storage.rules'), /\{1,(\d+)\}'\)/g)).toEqual([String(MAX_FILE_NAME_LENGTH)])
  })

  it.each(FILES)('the customer id in %s', (file) => {
    // Rules know no lookahead.
    const [, sources, pattern] = /^\(\?!\(\?:(.*?)\)\$\)(.*)$/.exec(withoutAnchors(CUSTOMER_ID)) ?? []
    expect(sources?.split('|')).toEqual(SOURCES)
    expect(all(rules(file), /customerId\.matches\('([^']*)'\)/g)).toEqual([pattern])
    expect(all(rules(file), /!\(customerId in \[([^\]]*)\]\)/g)).toEqual([
      SOURCES.map((source) => `'${source}'`).join(', '),
    ])
  })
})

describe('all three files mean the same', () => {
  const functions = (file: string, name: string) =>
    all(rules(file), new RegExp(`(function ${name}\\([^)]*\\) \\{[^}]*(?:\\{[^}]*\\}[^}]*)*?\\n {4}\\})`, 'g'))

  it('by a customer', () => {
    const [first, ...others] = FILES.map((file) => functions(file, 'isCustomer'))
    expect(first).toHaveLength(1)
    for (const other of others) expect(other).toEqual(first)
  })

  it('by an admin: whoever has the claim, and, where rules can ask Firestore, was not revoked', () => {
    const [raw = [], processed, firestore = []] = FILES.map((file) => functions(file, 'isAdmin'))
    expect(raw).toHaveLength(1)
    expect(processed).toEqual(raw)
    const document = adminPath('$(request.auth.uid)')
    const asks = `\n        && exists(/databases/$(database)/documents/${document});\n    }`
    expect(firestore).toEqual([raw[0]?.replace(/;\s*\}$/, () => asks)])
  })
})

it('no rule lets a client write, but for the upload into the raw bucket', () => {
  const granted = (file: string) =>
    all(rules(file), /allow ([a-z, ]+):/g).flatMap((operations) => operations?.split(/,\s*/))
  expect(new Set(granted('firestore.rules'))).toEqual(new Set(['get', 'read']))
  expect(new Set(granted('storage.processed.rules'))).toEqual(new Set(['get', 'read']))
  expect(granted('storage.rules').filter((operation) => operation !== 'get' && operation !== 'read')).toEqual([
    'create',
  ])
})

it('no storage rule asks Firestore: the local rules runtime has no such call', () => {
  for (const file of FILES) expect(rules(file)).not.toContain('firestore.')
})
