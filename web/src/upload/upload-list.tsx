import { formatBytes } from '../ui/format.ts'
import type { Queue, Upload } from './queue.ts'

interface Props {
  readonly queue: Queue
  readonly onRetry: (uploadId: string) => void
  readonly onRemove: (uploadId: string) => void
}

/** The files that are not in the gallery: refused, on their way, or stuck. */
export function UploadList({ queue, onRetry, onRemove }: Props) {
  const listed = queue.filter(({ state }) => state.kind !== 'uploaded')
  const ended = listed.filter(({ state }) => state.kind === 'refused' || state.kind === 'failed')
  if (listed.length === 0) return null
  return (
    <section className="uploads" aria-labelledby="uploads">
      <div className="heading">
        <h2 id="uploads">Uploads</h2>
        {ended.length > 1 && (
          <button type="button" onClick={() => ended.forEach(({ uploadId }) => onRemove(uploadId))}>
            Dismiss {ended.length} with problems
          </button>
        )}
      </div>
      <ul>
        {listed.map((upload) => (
          <Row key={upload.uploadId} upload={upload} onRetry={onRetry} onRemove={onRemove} />
        ))}
      </ul>
    </section>
  )
}

function Row({ upload, onRetry, onRemove }: Omit<Props, 'queue'> & { readonly upload: Upload }) {
  const { uploadId, fileName, bytes, state } = upload
  const ended = state.kind === 'refused' || state.kind === 'failed'
  return (
    <li className="upload" data-state={state.kind}>
      <p className="name">{fileName}</p>
      <p className="quiet">{formatBytes(bytes)}</p>
      <div className="buttons">
        {state.kind === 'failed' && state.again && (
          <button type="button" onClick={() => onRetry(uploadId)} aria-label={`Try ${fileName} again`}>
            Try again
          </button>
        )}
        <button
          type="button"
          onClick={() => onRemove(uploadId)}
          aria-label={`${ended ? 'Dismiss' : 'Cancel'} ${fileName}`}
        >
          {ended ? 'Dismiss' : 'Cancel'}
        </button>
      </div>
      <Progress upload={upload} />
    </li>
  )
}

function Progress({ upload: { fileName, bytes, state } }: { readonly upload: Upload }) {
  if (state.kind === 'refused') return <p className="problem">Not sent. {state.reason}</p>
  if (state.kind === 'failed') return <p className="problem">{state.reason}</p>
  if (state.kind === 'queued') return <p className="quiet">Next in line</p>
  if (state.kind === 'uploaded') return null
  return <progress aria-label={`Uploading ${fileName}`} max={bytes} value={state.sentBytes} />
}
