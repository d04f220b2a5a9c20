import { Button } from 'react-aria-components'
import { DEFAULT_RAW_DAYS } from '../../../functions/src/contract/limits.ts'
import type { Card } from '../gallery/cards.ts'
import { useFormat, useTexts } from '../ui/locale.tsx'
import { AskDialog } from './dialog.tsx'

interface Props {
  readonly cards: readonly Card[]
  readonly onAnswer: (answer: true | null) => void
}

export function AskRemove({ cards, onAnswer }: Props) {
  const { image, common } = useTexts()
  const format = useFormat()
  const [first] = cards
  const until = latest(cards)
  return (
    <AskDialog
      alert
      onClose={() => onAnswer(null)}
      title={
        cards.length === 1 && first !== undefined ? (
          <span className="name">
            {image.removeOne[0]}
            <bdi>{first.fileName}</bdi>
            {image.removeOne[1]}
          </span>
        ) : (
          image.removeMany(cards.length)
        )
      }
    >
      <ul className="consequences">
        <li>{image.removeHides}</li>
        {until !== null && <li>{image.removeResults(cards.length, format.time(until))}</li>}
        <li>{image.removeOriginals(cards.length, DEFAULT_RAW_DAYS)}</li>
        <li>{image.removeLinks}</li>
        <li>{image.removeCounts}</li>
      </ul>
      <div className="buttons">
        <Button autoFocus onPress={() => onAnswer(null)}>
          {common.cancel}
        </Button>
        <Button className="react-aria-Button primary" onPress={() => onAnswer(true)}>
          {image.remove}
        </Button>
      </div>
    </AskDialog>
  )
}

const latest = (cards: readonly Card[]): Date | null =>
  cards.reduce<Date | null>(
    (so, { availableUntil: one }) => (one !== null && (so === null || one > so) ? one : so),
    null,
  )
