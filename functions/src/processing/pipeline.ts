/** Runs a profile's steps, in their order, over one decoded image. */
import type { ImageError } from '../contract/outcomes.ts'
import type { ImageInWork } from './decode.ts'
import { DeadlineExceeded, withDeadline } from './deadline.ts'
import { processorFailed, processorTimeout, Refusal } from './image-errors.ts'
import { Unavailable, type OutputDraft } from './processor.ts'
import type { Step } from './profile.ts'
import { isNativeTimeout, isOutOfMemory } from './sharp.ts'
import { checkedDraw, checkedFindings, checkedOutputs, type Findings } from './yields.ts'

/** Milliseconds by step, in the order they ran; the step that failed is the last. */
export type Durations = Record<string, number>

/** One step's end: its value, or why the image fails. `internal` is for logs and never for the customer. */
export type StepResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ImageError; readonly internal: unknown }

/**
 * Runs one step within its deadline and writes down how long it took. Throws only what is no fault of the image or the
 * step: `signal`'s reason, a lack of memory, and {@link Unavailable}.
 */
export async function runStep<T>(
  step: { readonly name: string; readonly deadlineMs: number },
  signal: AbortSignal,
  durations: Durations,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<StepResult<T>> {
  const start = performance.now()
  try {
    return { ok: true, value: await withDeadline(step.deadlineMs, signal, work) }
  } catch (error) {
    signal.throwIfAborted()
    if (isOutOfMemory(error) || error instanceof Unavailable) throw error
    if (error instanceof DeadlineExceeded || isNativeTimeout(error)) {
      return { ok: false, error: processorTimeout(step.name, step.deadlineMs), internal: error }
    }
    // Decoding says so, or a processor that reads further pages by itself and finds them damaged.
    if (error instanceof Refusal) return { ok: false, error: error.error, internal: error.cause ?? error }
    return { ok: false, error: processorFailed(step.name), internal: error }
  } finally {
    durations[step.name] = Math.round((performance.now() - start) * 10) / 10
  }
}

/** What the steps made, all of it checked. The first that fails ends the image: it is processed whole or not at all. */
export async function runSteps(
  image: ImageInWork,
  steps: readonly Step[],
  signal: AbortSignal,
  durations: Durations,
): Promise<StepResult<{ readonly outputs: readonly OutputDraft[]; readonly findings: Findings }>> {
  let outputs: readonly OutputDraft[] = []
  let findings: Findings = {}
  for (const { processor, settings } of steps) {
    const { name, budget, changesPixels } = processor
    const step = { name, deadlineMs: budget.milliseconds }
    const ran = await runStep(step, signal, durations, async (stepSignal) => {
      const made = await processor.run(image, settings, stepSignal)
      return {
        outputs: checkedOutputs(outputs, made.outputs),
        findings: checkedFindings(findings, name, made.findings),
        image: made.draw === undefined ? image : await image.drawn(checkedDraw(made.draw, changesPixels)),
      }
    })
    if (!ran.ok) return ran
    ;({ outputs, findings, image } = ran.value)
  }
  return { ok: true, value: { outputs, findings } }
}
