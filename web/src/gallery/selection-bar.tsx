import { Button } from 'react-aria-components'
import { isReady, mayRetry } from '../image/results.ts'
import { useFormat, useTexts } from '../ui/locale.tsx'
import type { Card } from './cards.ts'

interface Props {
  readonly cards: readonly Card[]
  /** They are of the list of deleted ones. */
  readonly deleted: boolean
  readonly onDownload: () => void
  readonly onRetry: (failed: readonly Card[]) => void
  readonly onRemove: () => void
  readonly onRestore: () => void
  readonly onClear: () => void
}

/** What can be done with the selected ones; only what makes sense for at least one of them. */
export function SelectionBar({ cards, deleted, onDownload, onRetry, onRemove, onRestore, onClear }: Props) {
  const { gallery } = useTexts()
  const format = useFormat()
  const ready = cards.filter(isReady)
  const retried = cards.filter(mayRetry)
  const bytes = ready.reduce((sum, { outputs }) => sum + outputs.reduce((all, output) => all + output.bytes, 0), 0)
  return (
    <div role="group" aria-label={gallery.selection} className="selection-bar">
      <p className="selected">
        <Button className="react-aria-Button icon plain" aria-label={gallery.selectNone} onPress={onClear}>
          ×
        </Button>
        <strong>{gallery.selected(cards.length)}</strong>
        {ready.length > 0 && <span className="quiet">{gallery.results(format.bytes(bytes))}</span>}
      </p>
      <div className="buttons">
        {ready.length > 0 && (
          <Button className="react-aria-Button primary" onPress={onDownload}>
            {gallery.download(ready.length)}
          </Button>
        )}
        {!deleted && retried.length > 0 && (
          <Button onPress={() => onRetry(retried)}>{gallery.retry(retried.length)}</Button>
        )}
        {deleted ? (
          <Button onPress={onRestore}>{gallery.restore}</Button>
        ) : (
          <Button className="react-aria-Button danger" onPress={onRemove}>
            {gallery.remove}
          </Button>
        )}
      </div>
    </div>
  )
}
