/** What whoever sits at a terminal sees and types while a command runs. Standard output is for results. */
import { createInterface } from 'node:readline/promises'

/** One line that says how far a command is, written over and over; nothing where standard error is no terminal. */
export class ProgressLine {
  #isShown = false

  show(text: string): void {
    if (!process.stderr.isTTY) return
    this.#isShown = true
    process.stderr.write(`\r${text}`)
  }

  /** Leaves it as it stands; what is printed next begins below. */
  end(): void {
    if (this.#isShown) process.stderr.write('\n')
    this.#isShown = false
  }
}

/** Null where nobody sits there. */
export const ask = process.stdin.isTTY ? askTerminal : null

async function askTerminal(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await terminal.question(question)
  } finally {
    terminal.close()
  }
}
