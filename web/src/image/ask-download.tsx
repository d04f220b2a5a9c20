import { useMemo, useState } from 'react'
import { Button, Label, Radio, RadioGroup } from 'react-aria-components'
import type { Output } from '../../../functions/src/contract/record.ts'
import type { Card } from '../gallery/cards.ts'
import { useFormat, useTexts } from '../ui/locale.tsx'
import { AskDialog } from './dialog.tsx'
import { resultsOf } from './results.ts'
import { useTypeName } from './type-name.ts'
import { planOf, type Which, type ZipPlan } from './zip-plan.ts'

export type DownloadChoice =
  | { readonly kind: 'result'; readonly output: Output }
  | { readonly kind: 'zip'; readonly which: Which }

interface Props {
  readonly cards: readonly Card[]
  readonly onAnswer: (answer: DownloadChoice | null) => void
}

/** Which result of one image, or of several whether all. */
export function AskDownload({ cards, onAnswer }: Props) {
  const { image, common } = useTexts()
  const plans = useMemo(() => ({ largest: planOf(cards, 'largest'), all: planOf(cards, 'all') }), [cards])
  const choices = useChoices(cards, plans)
  const [chosen, setChosen] = useState(0)
  const left = plans.all.left.length
  const choice = choices[chosen]?.choice ?? null
  return (
    <AskDialog title={image.downloadTitle} onClose={() => onAnswer(null)}>
      {choices.length > 1 ? (
        <RadioGroup value={String(chosen)} onChange={(value) => setChosen(Number(value))}>
          <Label>{cards.length === 1 ? image.whichResult : image.whichResults}</Label>
          {choices.map(({ label, detail }, i) => (
            <Radio key={label + detail} value={String(i)}>
              <span className="dot" />
              <span>
                <span className="name">{label}</span> <span className="quiet">{detail}</span>
              </span>
            </Radio>
          ))}
        </RadioGroup>
      ) : (
        <p>
          {choices[0]?.label} <span className="quiet">{choices[0]?.detail}</span>
        </p>
      )}
      {left > 0 && <p>{image.leftOut(left)}</p>}
      <div className="buttons">
        <Button onPress={() => onAnswer(null)}>{common.cancel}</Button>
        <Button className="react-aria-Button primary" onPress={() => onAnswer(choice)}>
          {image.download}
        </Button>
      </div>
    </AskDialog>
  )
}

interface Choice {
  readonly choice: DownloadChoice
  readonly label: string
  readonly detail: string
}

function useChoices(cards: readonly Card[], plans: Readonly<Record<Which, ZipPlan>>): readonly Choice[] {
  const { image } = useTexts()
  const format = useFormat()
  const typeName = useTypeName()
  const [card] = cards
  const zip = (which: Which): Choice => {
    const { files, bytes } = plans[which]
    const detail = image.zipDetail(files.length, format.bytes(bytes))
    return { choice: { kind: 'zip', which }, label: image.zipChoices[which], detail }
  }
  if (cards.length === 1 && card !== undefined) {
    const each = resultsOf(card).map((output): Choice => {
      const size = output.width === null || output.height === null ? [] : [`${output.width} × ${output.height}`]
      const detail = [...size, typeName(output.contentType), format.bytes(output.bytes)].join(', ')
      return { choice: { kind: 'result', output }, label: output.name, detail }
    })
    return [...each, zip('all')]
  }
  const [largest, all] = [zip('largest'), zip('all')]
  return largest.detail === all.detail ? [all] : [largest, all]
}
