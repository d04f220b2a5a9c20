import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { completeEnv } from './env.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'darkroom-env-'))
  mkdirSync(join(root, 'functions'))
})
afterEach(() => rmSync(root, { recursive: true }))

const file = () => join(root, 'functions', '.env.p-1')
const values = { LOCATION: 'europe-west1', RAW_BUCKET: 'p-1-raw' }

it('makes the file where there is none', () => {
  expect(completeEnv('p-1', values, root)).toEqual(['LOCATION', 'RAW_BUCKET'])
  expect(parseEnv(readFileSync(file(), 'utf8'))).toEqual(values)
})

it('adds what is missing or empty, and leaves what is set, comments and all', () => {
  const before = '# ours\nRAW_BUCKET=other\nLOCATION='
  writeFileSync(file(), before)
  expect(completeEnv('p-1', values, root)).toEqual(['LOCATION'])
  const after = readFileSync(file(), 'utf8')
  expect(after.startsWith(`${before}\n`)).toBe(true)
  expect(parseEnv(after)).toEqual({ RAW_BUCKET: 'other', LOCATION: 'europe-west1' })
})

it('changes nothing the second time', () => {
  completeEnv('p-1', values, root)
  const after = readFileSync(file(), 'utf8')
  expect(completeEnv('p-1', values, root)).toEqual([])
  expect(readFileSync(file(), 'utf8')).toBe(after)
})
