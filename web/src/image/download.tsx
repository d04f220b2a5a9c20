/** Taking results home. Loaded when somebody wants to. */
import type { ReactNode } from 'react'
import type { Output } from '../../../functions/src/contract/record.ts'
import type { Card } from '../gallery/cards.ts'
import type { Images } from '../gallery/images.ts'
import type { Texts } from '../texts/texts.ts'
import { chooseTarget, safeType, save } from '../ui/save.ts'
import type { useNotices } from '../ui/notices.tsx'
import { AskDownload, type DownloadChoice } from './ask-download.tsx'
import { resultsOf } from './results.ts'
import { begin, type RunningHandle } from './running.ts'
import { notIncludedText, zipSentence } from './sentences.ts'
import { contentsOf, NothingInIt, readProblemOf, type ZipProblem } from './zip.ts'
import { planOf, resultFileName, type Which, type ZipPlan } from './zip-plan.ts'

export interface DownloadTools extends ReturnType<typeof useNotices> {
  readonly ask: <T>(make: (answer: (value: T | null) => void) => ReactNode) => Promise<T | null>
  readonly texts: Texts
  readonly images: Pick<Images, 'read'>
  readonly customerId: string
}

/** Of cards of which at least one is ready. Never rejects. */
export async function download(cards: readonly Card[], tools: DownloadTools): Promise<void> {
  const [card] = cards
  const results = card === undefined ? [] : resultsOf(card)
  if (cards.length === 1 && card !== undefined && results.length === 1 && results[0] !== undefined) {
    await downloadResult(card, results[0], tools)
    return
  }
  const choice = await tools.ask<DownloadChoice>((answer) => <AskDownload cards={cards} onAnswer={answer} />)
  if (choice === null) return
  if (choice.kind === 'result' && card !== undefined) await downloadResult(card, choice.output, tools)
  if (choice.kind === 'zip') await downloadZip(cards, choice.which, tools)
}

/** Never rejects. */
export async function downloadResult(card: Card, output: Output, tools: Omit<DownloadTools, 'ask'>): Promise<void> {
  const { texts, images, tell, announce } = tools
  await under(tools, 1, output.bytes, async ({ signal }) => {
    try {
      const content = await orAborted(images.read(output.object), signal)
      const name = resultFileName(card.fileName, output, card.outputs.length > 1)
      save(name, content.slice(0, content.size, safeType(output.contentType)))
      announce(texts.image.saved)
    } catch (error) {
      if (!signal.aborted) tell({ text: texts.image.notSaved[readProblemOf(error)], problem: true })
    }
  })
}

async function downloadZip(cards: readonly Card[], which: Which, tools: DownloadTools): Promise<void> {
  const { texts, tell, announce } = tools
  // The press that asked for it is fresh now: where to put the file comes before all else.
  const target = await chooseTarget(texts.image.zipName, 'application/zip')
  if (target === null) return
  const plan = planOf(cards, which)
  announce(texts.image.zipBegins(plan.files.length))
  const problems: ZipProblem[] = []
  await under(tools, plan.files.length, plan.bytes, async (run) => {
    try {
      const { makeZip } = await import('client-zip')
      await target.write(makeZip(contentsOf(plan, optionsOf(plan, problems, run, tools))), run.signal)
      tell({ text: zipSentence(texts, plan, problems), problem: problems.length > 0 })
    } catch (error) {
      if (run.signal.aborted) tell({ text: texts.image.zipCancelled })
      else if (error instanceof NothingInIt) {
        tell({ text: texts.image.zipNothing[problems[0]?.reason ?? 'unreachable'], problem: true })
      } else tell({ text: texts.image.notWritten, problem: true })
    }
  })
}

function optionsOf(plan: ZipPlan, problems: ZipProblem[], { signal, progress }: RunningHandle, tools: DownloadTools) {
  const { texts, images } = tools
  return {
    read: images.read,
    signal,
    onProgress: progress,
    onProblem: (problem: ZipProblem) => void problems.push(problem),
    note: () => notIncludedText(texts, plan, problems),
  }
}

async function under(
  { customerId }: Pick<DownloadTools, 'customerId'>,
  total: number,
  totalBytes: number,
  act: (run: RunningHandle) => Promise<void>,
): Promise<void> {
  const run = begin({ customerId, kind: 'download', total, totalBytes })
  try {
    await act(run)
  } finally {
    run.end()
  }
}

/** The SDK's reading can't be called off: what it still brings is dropped. */
const orAborted = <T,>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    promise.then(resolve, reject)
  })
