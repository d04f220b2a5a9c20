import { Button } from 'react-aria-components'
import type { Output } from '../../../functions/src/contract/record.ts'
import type { Card } from '../gallery/cards.ts'
import { useFormat, useTexts } from '../ui/locale.tsx'
import { resultsOf } from './results.ts'
import { useTypeName } from './type-name.ts'

interface Props {
  readonly card: Card
  readonly onDownload: (output: Output) => void
}

export function ResultTable({ card, onDownload }: Props) {
  const { image } = useTexts()
  const format = useFormat()
  const typeName = useTypeName()
  return (
    <section className="card-section" aria-labelledby="results">
      <h2 id="results">{image.results}</h2>
      <table className="results">
        <thead>
          <tr>
            <th scope="col">{image.resultName}</th>
            <th scope="col">{image.dimensions}</th>
            <th scope="col">{image.size}</th>
            <th scope="col">{image.type}</th>
            <th scope="col">
              <span className="visually-hidden">{image.download}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {resultsOf(card).map((output) => (
            <tr key={output.object}>
              <th scope="row" className="name">
                <bdi>{output.name}</bdi>
              </th>
              <td>{output.width !== null && output.height !== null && `${output.width} × ${output.height}`}</td>
              <td>{format.bytes(output.bytes)}</td>
              <td>{typeName(output.contentType)}</td>
              <td>
                <Button
                  className="react-aria-Button icon"
                  aria-label={image.downloadOne(output.name)}
                  onPress={() => onDownload(output)}
                >
                  <DownloadIcon />
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const DownloadIcon = () => (
  <svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
    <path d="M10 3v10m-4-4 4 4 4-4M3 17h14" />
  </svg>
)
