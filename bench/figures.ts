/** What the benchmarks have in common: their options, and what they do with their figures. */
import { parseArgs } from 'node:util'

/**
 * Reads options that take a value (null: none unless it is given), and `--json`; prints `help` and ends the process for `--help`. Throws for an option that
 * is none.
 */
export function optionsOf<Name extends string>(
  help: string,
  defaults: Readonly<Record<Name, string | null>>,
): Readonly<Record<Name, string | undefined>> & { readonly json: boolean } {
  const own = Object.entries<string | null>(defaults).map(
    ([name, value]) => [name, { type: 'string' as const, ...(value !== null && { default: value }) }] as const,
  )
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(own),
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    process.exit()
  }
  return values as ReturnType<typeof optionsOf<Name>>
}

/** Reads `--rounds N` and `--json`, as {@link optionsOf}. Throws where N is no number from 1 on. */
export function roundsAndJson(
  help: string,
  defaultRounds: number,
): { readonly rounds: number; readonly json: boolean } {
  const { rounds: given, json } = optionsOf(help, { rounds: String(defaultRounds) })
  const rounds = Number(given)
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error(`--rounds is ${given}: expected 1 or more`)
  return { rounds, json }
}

/** The middle value; of an even number the upper of the two. NaN of none. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN

/** Middle, lowest and highest. */
export interface Spread {
  readonly median: number
  readonly lowest: number
  readonly highest: number
}

export const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  lowest: Math.min(...values),
  highest: Math.max(...values),
})

/** `1.02 (0.97 - 1.10)` */
export const written = ({ median: middle, lowest, highest }: Spread, digits = 2): string =>
  `${middle.toFixed(digits)} (${lowest.toFixed(digits)} - ${highest.toFixed(digits)})`

/** Prints a Markdown table. The first column is text, the others are figures. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`
  console.log(line(head))
  console.log(
    `| ${widths.map((width, i) => '-'.repeat(width - (i === 0 ? 0 : 1)) + (i === 0 ? '' : ':')).join(' | ')} |`,
  )
  for (const row of rows) console.log(line(row))
}
