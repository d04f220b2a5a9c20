import { spawn } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseSettings } from '../../functions/src/config/settings.ts'
import { ERROR_CODES } from '../../functions/src/contract/outcomes.ts'
import { smallImages } from '../../functions/src/processing/testing/images.ts'
import { mutants } from './mutants.ts'
import type { Line } from './process-folder.ts'

const SEED = Number(process.env['DARKROOM_MUTANT_SEED'] ?? 1)
const COUNT = 500
/** Ends a process that hangs, so that the files it was at can be named. Far more than the seconds it takes. */
const HUNG_MS = 240_000

type Done = Extract<Line, { readonly outcome: string }>

interface Run {
  readonly ending: string
  readonly lines: readonly Line[]
  readonly stderr: string
}

/** Runs one of this folder's programs in a process of its own. */
function run(program: string, args: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(__dirname, program), ...args], {
      timeout: HUNG_MS,
      killSignal: 'SIGKILL',
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (text) => (stdout += text))
    child.stderr.on('data', (text) => (stderr += text))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const lines = stdout.split('\n').slice(0, -1)
      resolve({ ending: signal ?? `exit ${code}`, lines: lines.map((line) => JSON.parse(line) as Line), stderr })
    })
  })
}

/** What no customer should read: a stack, a path, a library's name or function, anything the file itself said. */
const INTERNAL =
  /\n|\\|\bat \S+:|\.[cm]?[jt]s\b|node_modules|file:|\/\w+\/|vips|sharp|libheif|heif[_:]|spng|libpng|libjpeg|libtiff|tiff2|libwebp|nsgif|gifload|\baom\b|dav1d|glib|undefined|NaN|\[object|Error\b/i

const limits = parseSettings({ RAW_BUCKET: 'raw', PROCESSED_BUCKET: 'processed' })

/** What is wrong with one file's end; empty where nothing is. */
function problems({ name, outcome, input, message, outputs }: Done): string[] {
  const { width, height, pages, alpha, bytes } = input
  const found: string[] = []
  if (outcome !== 'processed' && !(ERROR_CODES as readonly string[]).includes(outcome)) found.push('not an outcome')
  // None is so damaged that a step of ours may fail over what decoding let through: the customer would be told nothing.
  if (outcome === 'processor-failed') found.push('a step that failed')
  if (outcome !== 'processed' && !/^[A-Z].{19,400}\.$/.test(message ?? ''))
    found.push('not a sentence for the customer')
  if (INTERNAL.test(message ?? '')) found.push('a message with internals')
  if (![width, height, pages, bytes].every((figure) => Number.isSafeInteger(figure) && figure >= 0)) {
    found.push('a figure that cannot be kept')
  }
  if (outcome === 'processed') {
    if (outputs.length === 0 || !outputs.every(({ sound }) => sound)) found.push('outputs that are none')
    if (Math.min(width, height, pages) < 1) found.push('processed without a size')
  }
  // What was read and not refused for its size must be within the limits, at one byte to a sample at least.
  if (outcome !== 'too-large') {
    if (width * height * pages > limits.maxInputPixels) found.push('more pixels than the limit')
    if (width * height * pages * (alpha ? 2 : 1) > limits.maxDecodedBytes) found.push('more memory than the limit')
  }
  if (name.startsWith('sound.') && outcome !== 'processed') found.push('a sound file that was refused')
  if (name.startsWith('refused.') && outcome !== 'too-large') found.push('a file that was not refused for its size')
  return found
}

/** Outcomes by format. */
function table(done: readonly Done[]): string {
  const formats = [...new Set(done.map(({ name }) => name.split('.')[1] ?? ''))].sort()
  const outcomes = [...new Set(done.map(({ outcome }) => outcome))].sort()
  const count = (format: string, outcome: string) =>
    done.filter((one) => one.name.split('.')[1] === format && one.outcome === outcome).length
  const rows = formats.map((format) => [format, ...outcomes.map((outcome) => String(count(format, outcome)))])
  return [['', ...outcomes], ...rows]
    .map((cells) =>
      cells
        .map((cell) => cell.padEnd(20))
        .join('')
        .trimEnd(),
    )
    .join('\n')
}

describe('a folder of damaged files', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'darkroom-mutants-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it(
    'ends each with a result that its customer can read, in one process that lives to the end',
    async () => {
      const made = await run('mutants.ts', [String(SEED), String(COUNT), folder])
      expect(made).toMatchObject({ ending: 'exit 0', stderr: '' })
      const names = (await readdir(folder)).sort()
      expect(names.filter((name) => /^\d/.test(name))).toHaveLength(COUNT)

      const { ending, lines, stderr } = await run('process-folder.ts', [folder])
      const done = lines.filter((line) => 'outcome' in line)
      const thrown = lines.filter((line) => 'thrown' in line)
      const ended = new Set([...done, ...thrown].map(({ name }) => name))
      const wrong = [
        ...thrown.map(({ name, thrown: stack }) => `${name}: threw, so it would be tried for ever: ${stack}`),
        ...done.flatMap((one) => problems(one).map((problem) => `${one.name}: ${problem}: ${JSON.stringify(one)}`)),
        ...names
          .filter((name) => !ended.has(name))
          .map((name) => {
            const begun = lines.some((line) => 'begun' in line && line.name === name)
            return `${name}: ${begun ? 'the process ended over it' : 'never begun'}`
          }),
      ]
      if (wrong.length > 0 || ending !== 'exit 0') {
        throw new Error(
          [
            `seed ${SEED}: ${wrong.length} of ${names.length} files hurt; the process ended by ${ending}. Files begin with their index.`,
            ...wrong.slice(0, 20),
            `Again: node tests/faults/mutants.ts ${SEED} ${COUNT} FOLDER, then node tests/faults/process-folder.ts FOLDER NAME...`,
            table(done),
            JSON.stringify(lines.at(-1)),
            stderr.slice(-2000),
          ].join('\n'),
        )
      }
      // libvips alone, two files at once: what else a process holds is small beside it, and differs between machines.
      const memory = lines.find((line) => 'peakVips' in line)
      expect(memory?.peakVips).toBeLessThanOrEqual(2 * limits.maxDecodedBytes)
      // Were all refused, or none, the damage would be of no use.
      const outcomes = new Set(done.map(({ outcome }) => outcome))
      expect([...outcomes]).toEqual(expect.arrayContaining(['processed', 'corrupt', 'too-large', 'unsupported-format']))
    },
    2 * HUNG_MS,
  )

  it('holds the same files for the same seed, and others for another', async () => {
    const heic = await readFile(join(__dirname, '../../functions/src/processing/testing/fixtures/p3.heic'))
    const files = Object.entries({ ...(await smallImages()), heic }).map(([format, bytes]) => ({
      name: 'small',
      format,
      bytes,
    })) as Parameters<typeof mutants>[2]
    const [one, again, other] = [mutants(7, 120, files), mutants(7, 120, files), mutants(8, 120, files)]
    expect(again).toEqual(one)
    expect(other.map(({ name }) => name)).toEqual(one.map(({ name }) => name))
    const same = one.filter(({ bytes }, i) => Buffer.compare(bytes, other[i]?.bytes ?? bytes) === 0)
    expect(same.length).toBeLessThan(20)
    expect(mutants(7, 12, files)).toEqual(one.slice(0, 12))
  })
})
