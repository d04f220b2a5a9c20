import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addStorageTargets, aliasOf, projectOf, storageTargets } from './firebaserc.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'darkroom-rc-'))
  const targets = {
    'p-1': { storage: { raw: ['r'], processed: ['p'] }, hosting: { site: ['s'] } },
    'p-2': { hosting: {} },
  }
  writeFileSync(join(root, '.firebaserc'), JSON.stringify({ projects: { default: 'p-3', staging: 'p-1' }, targets }))
})
afterEach(() => rmSync(root, { recursive: true }))

it('knows a project by its alias and by its id', () => {
  expect(projectOf('staging', root)).toBe('p-1')
  expect(projectOf('p-1', root)).toBe('p-1')
  expect(projectOf('another', root)).toBe('another')
})

it('knows the alias of a project, and that `default` is none', () => {
  expect(aliasOf('staging', root)).toBe('staging')
  expect(aliasOf('p-1', root)).toBe('staging')
  expect(aliasOf('default', root)).toBeNull()
  expect(aliasOf('p-3', root)).toBeNull()
  expect(aliasOf('another', root)).toBeNull()
})

it('adds the buckets of a project that has none, and changes nothing else', () => {
  const buckets = { raw: ['p-2-raw'], processed: ['p-2-processed'] }
  expect(storageTargets('p-2', root)).toEqual({})
  expect(addStorageTargets('p-2', buckets, root)).toBe(true)
  expect(storageTargets('p-2', root)).toEqual(buckets)
  expect(JSON.parse(readFileSync(join(root, '.firebaserc'), 'utf8'))).toMatchObject({
    projects: { default: 'p-3', staging: 'p-1' },
    targets: { 'p-1': { storage: { raw: ['r'], processed: ['p'] }, hosting: { site: ['s'] } }, 'p-2': { hosting: {} } },
  })
})

it('leaves the buckets that somebody has named', () => {
  expect(addStorageTargets('p-1', { raw: ['other'], processed: ['other'] }, root)).toBe(false)
  expect(storageTargets('p-1', root)).toEqual({ raw: ['r'], processed: ['p'] })
})
