import { type FormEvent, useRef, useState } from 'react'
import {
  Button,
  Form,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Radio,
  RadioGroup,
  Select,
  SelectValue,
  TextField,
} from 'react-aria-components'
import type { ShareDays } from '../../../functions/src/contract/customer.ts'
import type { Backend } from '../backend.ts'
import type { Card } from '../gallery/cards.ts'
import { useFormat, useTexts } from '../ui/locale.tsx'
import { callProblemOf } from './calls.ts'
import { copyText } from './copy.ts'
import { AskDialog } from './dialog.tsx'
import { resultsOf } from './results.ts'
import { callProblemSentence } from './sentences.ts'
import { linkAddress, shareChoices } from './sharing.ts'
import { useTypeName } from './type-name.ts'

interface Props {
  readonly card: Card
  readonly backend: Pick<Backend, 'call'>
  readonly onClose: () => void
}

interface Made {
  readonly address: string
  readonly expiresAt: Date
}

/** Makes a link, then shows it. What goes wrong is said within: all else is out of reach meanwhile. */
export function ShareDialog({ card, backend, onClose }: Props) {
  const { image } = useTexts()
  const [made, setMade] = useState<Made | null>(null)
  return (
    <AskDialog title={image.shareTitle} onClose={onClose}>
      {made === null ? (
        <MakeLink card={card} backend={backend} onMade={setMade} onClose={onClose} />
      ) : (
        <MadeLink made={made} onClose={onClose} />
      )}
    </AskDialog>
  )
}

function MakeLink({ card, backend, onMade, onClose }: Props & { readonly onMade: (made: Made) => void }) {
  const texts = useTexts()
  const { image, common } = texts
  const format = useFormat()
  const typeName = useTypeName()
  const [choices] = useState(() => shareChoices(card.availableUntil, new Date()))
  const results = resultsOf(card)
  const [output, setOutput] = useState(results[0]?.name ?? '')
  const [days, setDays] = useState<ShareDays>(choices[0]?.days ?? 1)
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)

  async function make(event: FormEvent) {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setProblem(null)
    try {
      const answer = await backend.call('customerLinks', { action: 'share', imageId: card.imageId, output, days })
      if (answer.action !== 'share') throw new TypeError('not an answer to this')
      onMade({ address: linkAddress(location.origin, answer.token), expiresAt: new Date(answer.expiresAt) })
    } catch (error) {
      setProblem(callProblemSentence(texts, callProblemOf(error)))
      setBusy(false)
    }
  }

  return (
    <Form onSubmit={(event) => void make(event)}>
      <p>{image.shareMeans}</p>
      <Select value={output} onChange={(key) => setOutput(String(key))}>
        <Label>{image.shareWhich}</Label>
        <Button>
          <SelectValue />
        </Button>
        <Popover>
          <ListBox>
            {results.map(({ name, contentType, bytes }) => (
              <ListBoxItem key={name} id={name} textValue={name}>
                <bdi>{name}</bdi> <span className="quiet">{`${typeName(contentType)}, ${format.bytes(bytes)}`}</span>
              </ListBoxItem>
            ))}
          </ListBox>
        </Popover>
      </Select>
      <RadioGroup value={String(days)} onChange={(value) => setDays(Number(value) as ShareDays)}>
        <Label>{image.shareHowLong}</Label>
        {choices.map((choice) => (
          <Radio key={choice.days} value={String(choice.days)}>
            <span className="dot" />
            <span>
              {choice.cut ? image.shareAsLong : image.shareDays(choice.days)}{' '}
              <span className="quiet">{image.until(format.time(choice.until))}</span>
            </span>
          </Radio>
        ))}
      </RadioGroup>
      <p role="alert" className="problem">
        {problem}
      </p>
      <div className="buttons">
        <Button onPress={onClose}>{common.cancel}</Button>
        <Button type="submit" className="react-aria-Button primary">
          {busy ? image.makingLink : image.makeLink}
        </Button>
      </div>
    </Form>
  )
}

function MadeLink({ made, onClose }: { readonly made: Made; readonly onClose: () => void }) {
  const { image, common } = useTexts()
  const format = useFormat()
  const field = useRef<HTMLInputElement>(null)
  const [said, setSaid] = useState(image.linkMade)
  async function copy() {
    if (await copyText(made.address)) {
      setSaid(image.copied)
      return
    }
    field.current?.focus()
    field.current?.select()
    setSaid(image.copyByHand)
  }
  return (
    <>
      <TextField value={made.address} isReadOnly autoFocus>
        <Label>{image.address}</Label>
        <Input ref={field} dir="ltr" onFocus={({ currentTarget }) => currentTarget.select()} />
      </TextField>
      <p>{image.linkUntil(format.time(made.expiresAt))}</p>
      <p role="status">{said}</p>
      <div className="buttons">
        <Button onPress={onClose}>{common.close}</Button>
        <Button className="react-aria-Button primary" onPress={() => void copy()}>
          {image.copy}
        </Button>
      </div>
    </>
  )
}
