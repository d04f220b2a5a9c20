/**
 * `node tests/browser/lighthouse.ts PORT ADDRESS`: what Lighthouse says of a page in the browser that listens on that port, as one line of JSON. A
 * process of its own, since jest's modules are not Node's. https://github.com/GoogleChrome/lighthouse/blob/main/docs/readme.md
 */
import lighthouse, { type Flags } from 'lighthouse'

export interface Verdict {
  /** By category, 0 to 100. */
  readonly scores: Readonly<Record<string, number>>
  /** Cumulative layout shift. */
  readonly layoutShift: number
  /** Of all that was loaded, as it came over the wire. */
  readonly bytes: number
  /** The audits of accessibility and best practices that did not pass. */
  readonly failed: readonly string[]
}

const CATEGORIES = ['performance', 'accessibility', 'best-practices'] as const

async function judge(port: number, address: string): Promise<Verdict> {
  const flags: Flags = {
    port,
    output: 'json',
    logLevel: 'error',
    onlyCategories: [...CATEGORIES],
    // Whoever is signed in stays so.
    disableStorageReset: true,
    // As it is: a machine's pace is no reason to fail.
    throttlingMethod: 'provided',
    // What is live never falls silent: milliseconds.
    maxWaitForLoad: 10_000,
    formFactor: 'desktop',
    screenEmulation: { disabled: true },
  }
  const result = await lighthouse(address, flags)
  if (result === undefined) throw new Error('Lighthouse has no result')
  const { audits, categories, runtimeError } = result.lhr
  if (runtimeError) throw new Error(`Lighthouse: ${runtimeError.message}`)
  const judged = [categories['accessibility'], categories['best-practices']].flatMap((one) => one?.auditRefs ?? [])
  return {
    scores: Object.fromEntries(CATEGORIES.map((name) => [name, Math.round((categories[name]?.score ?? 0) * 100)])),
    layoutShift: audits['cumulative-layout-shift']?.numericValue ?? NaN,
    bytes: audits['total-byte-weight']?.numericValue ?? NaN,
    failed: judged
      .filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 1)
      .map(({ id }) => `${id}: ${JSON.stringify(audits[id]?.details ?? audits[id]?.displayValue)?.slice(0, 500)}`),
  }
}

const [port, address] = process.argv.slice(2)
console.log(JSON.stringify(await judge(Number(port), address ?? '')))
