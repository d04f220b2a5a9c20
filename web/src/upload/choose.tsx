import { type ChangeEvent, type ReactNode, type RefObject, useEffect, useState } from 'react'
import { ACCEPTED_FORMATS, type Format } from '../../../functions/src/contract/formats.ts'
import { MAX_UPLOAD_BYTES } from '../../../functions/src/contract/limits.ts'
import type { RawBucket } from '../backend.ts'
import { ACCEPT, namedByTime, pickedFiles } from './chosen-files.ts'
import { Icon } from './icons.tsx'
import { formatList } from './sentences.ts'
import type { Uploads } from './uploads.ts'
import { useAdd } from './use-add.ts'
import { useWriting } from './use-writing.ts'
import './choose.css'

interface Props {
  readonly uploads: Uploads
  readonly reduce: boolean
  /** Which formats this customer may send. */
  readonly formats: readonly Format[]
  readonly picker: RefObject<HTMLInputElement | null>
}

export function Choose({ uploads, reduce, formats, picker }: Props) {
  const writing = useWriting()
  const { choose, reduce: smaller } = writing.texts.upload
  const add = useAdd(uploads)
  return (
    <section className="choose" aria-label={choose.region}>
      <div className="ways">
        <p className="invitation">
          <Icon name="upload" />
          <span className="by-mouse">{choose.drop}</span>
          <span className="by-touch">{choose.tap}</span>
        </p>
        <div className="inputs">
          <FileButton className="button primary" onChosen={(files) => add(pickedFiles(files))} input={picker}>
            {choose.files}
          </FileButton>
          <FileButton className="button by-touch" camera onChosen={(files) => add(namedByTime(files, new Date()))}>
            <Icon name="camera" />
            {choose.camera}
          </FileButton>
          <FileButton className="button folder" folder onChosen={(files) => add(pickedFiles(files))}>
            <Icon name="folder" />
            {choose.folder}
          </FileButton>
        </div>
        <p className="quiet takes">
          {formats.length === 0
            ? choose.takesNone
            : choose.takes(formatList(writing, formats), writing.bytes(MAX_UPLOAD_BYTES))}{' '}
          <span className="by-mouse">{choose.paste}</span>
        </p>
      </div>
      <div className="reduce">
        <label className="react-aria-Switch" data-selected={reduce || undefined}>
          <input
            type="checkbox"
            role="switch"
            className="visually-hidden"
            checked={reduce}
            onChange={({ currentTarget }) => uploads.setReduce(currentTarget.checked)}
            aria-describedby="reduce-explained"
          />
          <span className="track" />
          {smaller.label}
        </label>
        <p className="quiet" id="reduce-explained">
          {smaller.explained}
        </p>
      </div>
    </section>
  )
}

interface FileButtonProps {
  readonly className: string
  readonly onChosen: (files: FileList) => void
  readonly input?: RefObject<HTMLInputElement | null>
  readonly folder?: boolean
  readonly camera?: boolean
  readonly children: ReactNode
}

/** A file input that looks like a button: the browser's own opens by keyboard, and names it by its label. */
function FileButton({ className, onChosen, input, folder = false, camera = false, children }: FileButtonProps) {
  const picked = ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    if (currentTarget.files !== null && currentTarget.files.length > 0) onChosen(currentTarget.files)
    currentTarget.value = '' // so that the same file can be chosen again
  }
  const kind = folder ? { webkitdirectory: '' } : camera ? { capture: 'environment' as const } : { accept: ACCEPT }
  return (
    <label className={className}>
      {children}
      <input
        ref={input}
        className="visually-hidden"
        type="file"
        multiple={!camera}
        accept={camera ? 'image/*' : undefined}
        {...kind}
        onChange={picked}
      />
    </label>
  )
}

/** Those that are processed, or those of them that this customer may send. */
export function useFormats(raw: RawBucket, customerId: string): readonly Format[] {
  const [own, setOwn] = useState<readonly Format[] | null>(null)
  useEffect(() => raw.watchFormats(customerId, setOwn), [raw, customerId])
  return own === null ? ACCEPTED_FORMATS : ACCEPTED_FORMATS.filter((format) => own.includes(format))
}
