import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import type { KafkaRecord } from '../../functions/src/bridge/kafka.ts'
import { deadLetterHeaders, deadLetterTopic } from '../../functions/src/bridge/land.ts'
import { parseRecord } from '../../functions/src/bridge/parse.ts'
import { REFUSALS } from '../../functions/src/bridge/refusals.ts'
import { resultOf, resultsTopic } from '../../functions/src/bridge/results.ts'
import { headersOf, JPEG, OPTIONS, recordOf } from '../../functions/src/bridge/testing/records.ts'
import { KAFKA_DEFINITIONS } from '../../functions/src/config/kafka-settings.ts'
import { SETTING_DEFINITIONS } from '../../functions/src/config/settings.ts'
import { MAX_EVENT_TEXT, MAX_SUBJECT } from '../../functions/src/contract/event.ts'
import type { ImageRecord } from '../../functions/src/contract/record.ts'
import { Instant } from '../../functions/src/ledger/instant.ts'

const ROOT = join(__dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/kafka.md'), 'utf8')

/** What stands under one heading. */
function section(heading: string): string {
  const text = page.split(/^## /m).find((each) => each.startsWith(`${heading}\n`))
  if (text === undefined) throw new Error(`docs/kafka.md has no section ${heading}`)
  return text
}
/** The first cells of a section's rows that begin with code. */
const rows = (heading: string) =>
  [...section(heading).matchAll(/^\| (`.+?) \| (.+?) \|/gm)].map(([, name = '', meaning = '']) => ({ name, meaning }))
const codes = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
/** The example in one language. */
function example(language: string, marked = ''): string {
  const fences = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
  const found = fences.filter(([, named, code = '']) => named === language && code.includes(marked))
  if (found.length !== 1) throw new Error(`docs/kafka.md has ${found.length} examples in ${language}`)
  return found[0]?.[2] ?? ''
}

describe('what docs/kafka.md says', () => {
  it('of refusals is what the code says: each with its meaning, and no other', () => {
    const documented = rows('Refusals').filter(({ name }) => !name.includes('darkroom_'))
    expect(Object.fromEntries(documented.map(({ name, meaning }) => [codes(name)[0], meaning]))).toEqual(REFUSALS)
    expect(documented).toHaveLength(Object.keys(REFUSALS).length)
  })

  it('of headers is what the parser looks at', () => {
    const source = readFileSync(join(ROOT, 'functions/src/bridge/parse.ts'), 'utf8')
    const attributes = [...source.matchAll(/\bget\('([a-z]+)'\)/g)].map(([, name]) => name)
    const looked = attributes.map((name) => (name === 'datacontenttype' ? 'content-type' : `ce_${name}`))
    const documented = rows('Headers').map(({ name }) => codes(name)[0] ?? '')
    // The version decides how the rest is read; the type is CloudEvents' alone.
    expect(documented.toSorted()).toEqual([...looked, 'ce_specversion', 'ce_type'].toSorted())
  })

  it('of the limits of headers is what they are', () => {
    expect(section('Headers')).toContain(
      `names the image, together with \`ce_source\`: 1 to ${MAX_EVENT_TEXT} characters`,
    )
    expect(section('Headers')).toContain(`the first ${MAX_SUBJECT} characters`)
    expect(Number(SETTING_DEFINITIONS.MAX_INPUT_BYTES.default)).toBe(50 * 1024 * 1024)
    expect(Number(KAFKA_DEFINITIONS.KAFKA_MEMORY_BYTES.default) / 4).toBe(64 * 1024 * 1024)
  })

  it("of a dead letter's headers is what it has", () => {
    const refused = { refused: 'empty', detail: 'It is empty.' } as const
    const own = Object.keys(deadLetterHeaders({ ...recordOf(), headers: {} }, refused))
    const documented = rows('Refusals').flatMap(({ name }) =>
      codes(name).filter((code) => code.startsWith('darkroom_')),
    )
    // Only without its value.
    expect(documented.toSorted()).toEqual([...own, 'darkroom_value_bytes'].toSorted())
  })

  it('of topics and settings is how they are called', () => {
    for (const topic of [deadLetterTopic('images'), resultsTopic('images')]) expect(page).toContain(`\`${topic}\``)
    expect(KAFKA_DEFINITIONS.KAFKA_TOPIC.default).toBe('images')
    const created = [...example('sh', 'kafka-topics.sh').matchAll(/^topic --topic (\S+)/gm)].map(([, name]) => name)
    expect(created).toEqual(['images', deadLetterTopic('images'), resultsTopic('images')])
    expect(page).toContain(`group \`${KAFKA_DEFINITIONS.KAFKA_GROUP.default}\``)
    const named = page.match(/\bKAFKA_[A-Z_]+|\bMAX_INPUT_BYTES|\bRAW_DAYS/g) ?? []
    for (const name of named) expect(SETTING_DEFINITIONS).toHaveProperty(name)
  })

  it('of a result is what one has', () => {
    const shown = JSON.parse(example('json')) as Record<string, unknown>
    const time = Instant.parse(String(shown['processedAt']))
    const output = { name: 'a', object: 'o', contentType: 'image/webp', bytes: 1, width: 1, height: 1 }
    const record = {
      imageId: 'i',
      revision: 3,
      customerId: 'acme',
      event: null,
      state: 'processed',
      error: null,
      outputs: [output],
      input: null,
      counted: null,
      receivedAt: time,
      processedAt: time,
      availableUntil: time,
      updatedAt: time,
    } as unknown as ImageRecord<Instant>
    const { value, headers } = resultOf(record, 'bucket')
    const given = JSON.parse(Buffer.from(value ?? []).toString()) as Record<string, unknown>
    expect(Object.keys(shown)).toEqual(Object.keys(given))
    expect(Object.keys((shown['outputs'] as object[])[0] ?? {})).toEqual(
      Object.keys((given['outputs'] as object[])[0] ?? {}),
    )
    expect(given['processedAt']).toBe(shown['processedAt'])
    expect(shown['imageId']).toMatch(/^[0-9a-f]{40}$/)
    for (const [name, [text]] of Object.entries(headers)) {
      expect(section('Results')).toContain(`\`${name}\``)
      if (['ce_specversion', 'ce_source', 'ce_type', 'content-type'].includes(name))
        expect(section('Results')).toContain(`\`${String(text)}\``)
    }
  })

  it('refers to headings that are there', () => {
    const anchors = new Set(
      [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-')),
    )
    for (const [, anchor] of page.matchAll(/\]\(#([^)]*)\)/g)) expect(anchors).toContain(anchor)
  })
})

describe('the examples of docs/kafka.md', () => {
  /** Headers of the contract, and no others. */
  function expectKnown(names: readonly string[]): void {
    const documented = rows('Headers').map(({ name }) => codes(name)[0])
    expect(names.length).toBeGreaterThan(0)
    for (const name of names) expect(documented).toContain(name)
    expect(names).toEqual(expect.arrayContaining(['ce_specversion', 'ce_id', 'ce_source', 'ce_customerid']))
  }

  it('in TypeScript makes a record that is taken', () => {
    const [declaration = ''] = /^function imageRecord[\s\S]*?^}$/m.exec(example('ts')) ?? []
    const imageRecord = runInNewContext(`${stripTypeScriptTypes(declaration)}; imageRecord`) as (image: unknown) => {
      readonly key: string
      readonly value: Uint8Array
      readonly headers: Readonly<Record<string, string>>
    }
    const image = { id: 'e-1', customer: 'acme', fileName: 'IMG_0001.jpg', contentType: 'image/jpeg', bytes: JPEG }
    const { key, value, headers } = imageRecord(image)
    const record: KafkaRecord = { ...recordOf(), key: Buffer.from(key), value, headers: headersOf(headers) }
    expect(parseRecord(record, OPTIONS)).toMatchObject({
      customerId: 'acme',
      contentType: 'image/jpeg',
      event: { id: 'e-1', subject: 'IMG_0001.jpg' },
      data: { bytes: JPEG },
    })
    expectKnown(Object.keys(headers))
  })

  it('in Python compiles, with headers of the contract', () => {
    const code = example('python')
    expectKnown([...code.matchAll(/"(ce_\w+|content-type)":/g)].map(([, name = '']) => name))
    const folder = mkdtempSync(join(tmpdir(), 'darkroom-kafka-docs-'))
    try {
      writeFileSync(join(folder, 'example.py'), code)
      const { error, status, stderr } = spawnSync('python3', ['-m', 'py_compile', join(folder, 'example.py')], {
        encoding: 'utf8',
      })
      // Where there is no Python there is nothing to compile it with.
      if (error === undefined) expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('in kcat has headers of the contract', () => {
    expectKnown([...example('sh', 'kcat').matchAll(/ -H ([\w-]+)=/g)].map(([, name = '']) => name))
  })
})
