/**
 * A point in time in whole microseconds since 1970, UTC: Firestore's own precision, which a Date would cut to milliseconds.
 * A safe integer until the year 2255.
 */
export class Instant {
  readonly micros: number

  private constructor(micros: number) {
    if (!Number.isSafeInteger(micros)) throw new RangeError(`not a point in time: ${micros} microseconds`)
    this.micros = micros
  }

  static ofMicros(micros: number): Instant {
    return new Instant(micros)
  }

  static ofMillis(millis: number): Instant {
    return new Instant(Math.round(millis * 1000))
  }

  /** Takes ISO 8601 as Google's APIs write it, with up to nine digits of fraction (the last three are cut). */
  static parse(text: string): Instant {
    const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text)
    if (!match) throw new RangeError(`not an ISO 8601 time: ${JSON.stringify(text)}`)
    const whole = Date.parse(`${match[1]}${match[3]}`)
    return new Instant(whole * 1000 + Number((match[2] ?? '').padEnd(6, '0').slice(0, 6)))
  }

  plusSeconds(seconds: number): Instant {
    return new Instant(this.micros + Math.round(seconds * 1e6))
  }

  plusDays(days: number): Instant {
    return this.plusSeconds(days * 86_400)
  }

  isAfter(other: Instant): boolean {
    return this.micros > other.micros
  }

  /** Milliseconds since 1970, for a Date. */
  toMillis(): number {
    return this.micros / 1000
  }

  /** ISO 8601 with six digits of fraction, UTC. */
  toString(): string {
    const millis = Math.floor(this.micros / 1000)
    const rest = this.micros - millis * 1000
    return new Date(millis).toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`)
  }

  toJSON(): string {
    return this.toString()
  }
}
