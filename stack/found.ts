/** A part of the stack that can't be had: one line that says what is missing, how to get it, and what works without it. */
export class MissingPart extends Error {
  override readonly name = 'MissingPart'
  constructor(what: string, how: string, without: string) {
    super(`${what} Get it: ${how} Without it: ${without}`)
  }
}
