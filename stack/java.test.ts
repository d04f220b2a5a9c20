import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { MissingPart } from './found.ts'
import { findJava } from './java.ts'

const folder = mkdtempSync(join(tmpdir(), 'darkroom-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A home of something that says it is a Java of this version. */
function home(name: string, version: string): string {
  const bin = join(folder, name, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'java'), `#!/bin/sh\necho "    java.specification.version = ${version}" >&2\n`)
  chmodSync(join(bin, 'java'), 0o755)
  return join(folder, name)
}

const old = home('jdk-17', '17')
const fit = home('jdk-21', '21')
const newer = home('jdk-25', '25')
const none = join(folder, 'nowhere')

it.each([
  ['JAVA_HOME first', { JAVA_HOME: newer, PATH: join(fit, 'bin') }, [], newer],
  [
    'PATH, where JAVA_HOME is too old',
    { JAVA_HOME: old, PATH: [join(old, 'bin'), join(fit, 'bin')].join(delimiter) },
    [],
    fit,
  ],
  ['the newest of the usual folders, where PATH has none', { PATH: join(old, 'bin') }, [none, folder], newer],
])('takes %s', (_, env, folders, expected) => {
  expect(findJava(env, folders)).toBe(join(expected, 'bin'))
})

it('says in one line what is missing, how to get it and what works without it', () => {
  const find = () => findJava({ JAVA_HOME: old, PATH: join(old, 'bin') }, [none])
  expect(find).toThrow(MissingPart)
  expect(find).toThrow(
    /^The emulators need Java 21 or later.* Get it: install a JDK.* Without it: only `npm run check` works\.$/,
  )
})
