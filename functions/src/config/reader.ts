/** Reading settings from an environment: what is wrong is collected, not thrown, so that all mistakes are reported at once. */
export interface Definition {
  readonly meaning: string
  readonly unit?: string
  /** Null: must be set. */
  readonly default: string | null
  readonly min?: number
  readonly max?: number
}

export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(
      `${problems.length === 1 ? 'a setting is' : `${problems.length} settings are`} wrong:\n- ${problems.join('\n- ')}`,
    )
    this.problems = problems
  }
}

export const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/

/** Each adds a sentence to `problems` where the setting is not as expected, and then returns something of its type. */
export interface Reader<Name extends string> {
  readonly text: (name: Name) => string
  readonly whole: (name: Name) => number
  readonly matching: (name: Name, pattern: RegExp) => string
  readonly yesOrNo: (name: Name) => boolean
  readonly oneOf: <T extends string>(name: Name, values: readonly [T, ...T[]]) => T
  /** Separated by commas. */
  readonly list: (name: Name, pattern: RegExp) => readonly string[]
}

export function readerOf<Name extends string>(
  env: Readonly<Record<string, string | undefined>>,
  definitions: Readonly<Record<Name, Definition>>,
  problems: string[],
): Reader<Name> {
  const text = (name: Name): string => {
    const value = env[name]?.trim() || definitions[name].default
    if (value !== null) return value
    problems.push(`${name} is not set: expected the ${definitions[name].meaning}`)
    return ''
  }
  const oneOf = <T extends string>(name: Name, values: readonly [T, ...T[]]): T => {
    const value = text(name)
    const found = values.find((each) => each === value)
    if (found === undefined) problems.push(`${name} is ${JSON.stringify(value)}: expected ${values.join(' or ')}`)
    return found ?? values[0]
  }
  return {
    text,
    oneOf,
    whole(name) {
      const { min = 0, max = Number.MAX_SAFE_INTEGER, unit = '', meaning } = definitions[name]
      const given = text(name)
      const value = /^\d{1,15}$/.test(given) ? Number(given) : NaN
      if (!(value >= min && value <= max)) {
        problems.push(
          `${name} is ${JSON.stringify(given)}: expected a whole number${unit && ` of ${unit}`} from ${min} to ${max} (${meaning})`,
        )
      }
      return value
    },
    matching(name, pattern) {
      const value = text(name)
      if (value !== '' && !pattern.test(value))
        problems.push(`${name} is ${JSON.stringify(value)}: expected a name that matches ${pattern.source}`)
      return value
    },
    yesOrNo: (name) => oneOf(name, ['yes', 'no']) === 'yes',
    list(name, pattern) {
      const items = text(name).split(',')
      const named = items.map((item) => item.trim()).filter((item) => item !== '')
      for (const item of named)
        if (!pattern.test(item))
          problems.push(`${name} has ${JSON.stringify(item)}: expected what matches ${pattern.source}`)
      return named
    },
  }
}
