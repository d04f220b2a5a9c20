import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { MissingPart } from './found.ts'

/** What firebase-tools asks for. */
const OLDEST_JAVA = 21
const EXE = process.platform === 'win32' ? '.exe' : ''

/** Where each platform keeps its JDKs: folders whose entries are Java homes. */
const JVM_FOLDERS = [
  '/usr/lib/jvm',
  '/usr/java',
  '/opt/java',
  '/Library/Java/JavaVirtualMachines',
  '/opt/homebrew/opt',
  '/usr/local/opt',
  'C:\\Program Files\\Java',
  'C:\\Program Files\\Eclipse Adoptium',
  join(homedir(), '.sdkman/candidates/java'),
  join(homedir(), '.jdks'),
]

/** The `bin` folder of a Java that the emulators can run in: from JAVA_HOME, PATH, then the usual folders. Throws a {@link MissingPart}. */
export function findJava(env: NodeJS.ProcessEnv = process.env, folders: readonly string[] = JVM_FOLDERS): string {
  const bins = [
    ...(env['JAVA_HOME'] ? [join(env['JAVA_HOME'], 'bin')] : []),
    ...(env['PATH'] ?? '').split(delimiter),
    ...homes(folders).map((home) => join(home, 'bin')),
  ]
  for (const bin of bins) if (majorOf(join(bin, `java${EXE}`)) >= OLDEST_JAVA) return bin
  throw new MissingPart(
    `The emulators need Java ${OLDEST_JAVA} or later, and none was found in JAVA_HOME, PATH or the usual folders.`,
    'install a JDK (for example the package openjdk-21-jdk or Temurin 21), or set JAVA_HOME to one.',
    'only `npm run check` works.',
  )
}

/** Any `javac`: the one beside that Java, or of another JDK. Null where there is none. */
export function findJavac(bin: string): string | null {
  const candidates = [
    bin,
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...homes(JVM_FOLDERS).map((home) => join(home, 'bin')),
  ]
  return candidates.map((folder) => join(folder, `javac${EXE}`)).find(existsSync) ?? null
}

function homes(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    if (!existsSync(folder)) return []
    return readdirSync(folder)
      .sort()
      .toReversed()
      .flatMap((entry) => [join(folder, entry), join(folder, entry, 'Contents/Home')])
  })
}

function majorOf(java: string): number {
  if (!existsSync(java)) return 0
  const { stdout, stderr } = spawnSync(java, ['-XshowSettings:properties', '-version'], { encoding: 'utf8' })
  return Number(/java\.specification\.version = (\d+)/.exec(`${stdout}${stderr}`)?.[1] ?? 0)
}
