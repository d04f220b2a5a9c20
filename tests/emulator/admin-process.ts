/** `npm run admin` in a process that stays, since loading its code takes seconds: a message is the arguments of one call, the answer an {@link Ended}. */
import { main } from '../../admin/main.ts'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const printed = { stdout: '', stderr: '' }
for (const name of ['stdout', 'stderr'] as const)
  process[name].write = (text: string | Uint8Array) => {
    printed[name] += String(text)
    return true
  }

process.on('message', (args: readonly string[]) => {
  Object.assign(printed, { stdout: '', stderr: '' })
  void main(args).then((code) => process.send?.({ code, ...printed } satisfies Ended))
})
