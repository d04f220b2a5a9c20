import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(__dirname, '../..')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const section = README.slice(README.indexOf('## Add a processor'), README.indexOf('## Deploy'))
/** Its piece of code. */
const [file = ''] = [...section.matchAll(/^ {3}```ts\n([^]*?)^ {3}```/gm)].map(([, code = '']) =>
  code.replaceAll(/^ {3}/gm, ''),
)
const KIT = ['--selectProjects=unit', '--testPathPatterns', 'processing/(profile|processors/conformance)']
const folder = mkdtempSync(join(tmpdir(), 'darkroom-processor-'))
const src = join(folder, 'functions/src')

function change(path: string, ...changes: readonly (readonly [from: string, to: string])[]): void {
  let text = readFileSync(join(src, path), 'utf8')
  for (const [from, to] of changes) {
    expect(text).toContain(from)
    text = text.replace(from, () => to)
  }
  writeFileSync(join(src, path), text)
}

const run = (script: string, ...args: string[]) =>
  execFileSync(process.execPath, [join(ROOT, 'node_modules', script), ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: 'pipe',
  })

describe('README’s “Add a processor”, followed to the letter in a copy', () => {
  beforeAll(() => {
    const skipped = /\/(node_modules|\.darkroom|\.git|lib|dist)(\/|$)/
    cpSync(ROOT, folder, { recursive: true, filter: (path) => !skipped.test(path.slice(ROOT.length)) })
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    symlinkSync(join(ROOT, 'functions/node_modules'), join(folder, 'functions/node_modules'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('has at most six steps', () => {
    const steps = [...section.matchAll(/^\d+\. /gm)]
    expect(steps.length).toBeGreaterThan(2)
    expect(steps.length).toBeLessThanOrEqual(6)
  })

  const path = /^\/\/ functions\/src\/(\S+)\n/.exec(file)?.[1] ?? ''
  const kit = () => run('jest/bin/jest.js', '--rootDir', folder, ...KIT, '--testNamePattern', 'brightness|every file')

  it('is held to be known to the profiles, and then passes the kit for every kind of image', () => {
    writeFileSync(join(src, path), file)
    expect(() => kit()).toThrow(/Command failed/)
    change('processing/profiles.ts', [
      "import { facts } from './processors/facts.ts'",
      "import { brightness } from './processors/brightness.ts'\nimport { facts } from './processors/facts.ts'",
    ])
    change('processing/profiles.ts', ['standard: [step(facts),', 'standard: [step(brightness), step(facts),'])
    run('typescript/bin/tsc', '-p', '.')
    kit()
  })

  it('is refused by the kit where it breaks the contract', () => {
    change(path, ['{ mean:', '{ at: Math.random(), mean:'])
    expect(() => kit()).toThrow(/brightness does not make the same twice/)
  })
})
