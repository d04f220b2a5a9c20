import { Link } from 'wouter'
import {
  type Letter,
  LETTER_REASONS,
  type LetterFilter,
  type LettersAnswer,
} from '../../../../functions/src/contract/admin.ts'
import { CUSTOMER_ID } from '../../../../functions/src/contract/names.ts'
import { counted } from '../../ui/format.ts'
import type { AdminData } from '../backend.ts'
import type { PageProps } from '../page.ts'
import { CsvButton } from '../../pieces/csv-button.tsx'
import { dateTime } from '../pieces/format.ts'
import { bytes, number } from '../../pieces/format.ts'
import { useLoad } from '../../pieces/load.ts'
import { Notice } from '../pieces/notice.tsx'
import { PeriodPicker } from '../pieces/period-picker.tsx'
import { periodChanges } from '../pieces/period.ts'
import { problemOf } from '../pieces/problem.ts'
import { type Column, Table } from '../../pieces/table.tsx'
import { useFilters } from '../../pieces/use-filters.ts'
import { useToday } from '../../pieces/use-today.ts'
import { FilterForm } from './filter-form.tsx'
import { daysOf, letterFilterOf } from './filters.ts'
import { Outside } from './outside.tsx'
import { ReplayStatus } from './replay-status.tsx'
import { addLetters, type LettersReplayed, type Work } from './rounds.ts'
import { lettersEndText, lettersPlanText, shownText, UNREAD } from './texts.ts'
import { useReplay } from './use-replay.ts'
import { visible } from './visible.ts'
import './failures.css'

/** As many as one answer has. */
const MOST_LETTERS = 500

/** Of a replay's counts, while it goes on. */
const WORDS = {
  matching: 'looked at',
  replayable: 'sent',
  already: 'replayed before',
  leftOut: 'without their bytes',
  idConflict: 'with a taken id',
  notOurs: 'written by others',
  otherTopic: 'from another topic',
  tooLarge: 'too large for the topic',
}

type Listed = Extract<LettersAnswer, { readonly action: 'list' | 'none' }>

/** Records of Kafka that could never be taken, and how they are sent to their topic once more. */
export function LettersPage({ data, zone }: PageProps) {
  const [address, change] = useFilters()
  const period = daysOf(address, useToday(zone))
  const filter = letterFilterOf(address, period)
  const loaded = useLoad(() => list(data, filter), [data, JSON.stringify(filter)])
  const replaying = useReplay()
  const isIdle = !['planning', 'running'].includes(replaying.state.phase)
  const foundEnded = () => {
    change({ operation: null })
    loaded.again()
  }
  const replay = async (which: LetterFilter) => {
    if (isIdle && (await replaying.begin(workOf(data, which)))) loaded.again()
  }

  if (loaded.value?.action === 'none') return <NoKafka />
  const letters = loaded.value?.letters ?? []
  return (
    <>
      <h1>Dead letters</h1>
      <p className="quiet">
        Records of Kafka that could never be taken as images. Mend the cause first: what is sent again as it came is
        refused again where its reason still holds.
      </p>
      <PeriodPicker period={period} zone={zone} onChange={(chosen) => change(periodChanges(chosen))} />
      <FilterForm
        customer={filter.customer ?? ''}
        choices={[{ name: 'reason', label: 'Reason', value: filter.reason ?? '', values: LETTER_REASONS }]}
        customerProblem={() => null}
        onChange={change}
      />
      <div className="failure-actions">
        <button type="button" aria-disabled={!isIdle} onClick={() => void replay(filter)}>
          Replay all that match
        </button>
        <button type="button" onClick={loaded.again}>
          Read again
        </button>
        <CsvButton name="Dead letters" columns={fileColumns} rows={letters} />
        <ReplayStatus data={data} replaying={replaying} words={WORDS} onFoundEnded={foundEnded} />
      </div>
      <Problem loaded={loaded} />
      {loaded.value !== null && (
        <section aria-label="What matches" aria-busy={loaded.busy} className="failures">
          <p role="status" className="quiet">
            {listText(loaded.value)}
          </p>
          <Table
            caption="Dead letters"
            columns={columnsOf(zone, isIdle ? (at) => void replay({ at }) : null)}
            rows={letters}
            rowKey={placeOf}
            empty="No dead letter matches."
          />
        </section>
      )}
    </>
  )
}

/** What the functions say of Kafka is told as it is: it names who has to mend what. */
function Problem({ loaded }: { readonly loaded: ReturnType<typeof useLoad<Listed>> }) {
  if (loaded.problem === null) return <Notice watched={loaded} />
  return (
    <p role="alert" className="problem notice">
      {loaded.problem}{' '}
      <button type="button" onClick={loaded.again}>
        Try again
      </button>
    </p>
  )
}

const NoKafka = () => (
  <>
    <h1>Dead letters</h1>
    <p>
      This installation takes no images from Kafka: the setting <code>KAFKA_BROKERS</code> is empty. So there is no
      topic of dead letters either. docs/kafka.md says how to connect one.
    </p>
  </>
)

/** Rejects with a sentence as its code. */
async function list(data: AdminData, filter: LetterFilter): Promise<Listed> {
  try {
    const answer = await data.call('adminLetters', { action: 'list', filter, limit: MOST_LETTERS })
    if (answer.action === 'replay') throw new TypeError('a list was asked for')
    return answer
  } catch (error) {
    throw Object.assign(new Error('the dead letters could not be read', { cause: error }), { code: problemOf(error) })
  }
}

function listText(answer: Listed): string {
  if (answer.action === 'none') return ''
  const { letters, more, complete } = answer
  const rest = more === 0 ? '' : `, and there are ${number(more)} more`
  return `${shownText('dead letter', letters.length, rest)}${complete ? '' : ` ${UNREAD}`}`
}

function workOf(data: AdminData, filter: LetterFilter): Work<LettersReplayed> {
  return {
    async ask(start, operation) {
      const answer = await data.call('adminLetters', { action: 'replay', filter, start, operation })
      if (answer.action !== 'replay') throw new TypeError('a replay was asked for')
      return answer
    },
    // One that could send nothing in its time would not get any further.
    more: ({ complete, replayable }, start) => start && !complete && replayable > 0,
    add: addLetters,
    possible: ({ replayable }) => replayable,
    planText: lettersPlanText,
    endText: lettersEndText,
    actionText: ({ replayable, complete }) =>
      complete ? `Replay ${counted(replayable, 'dead letter')}` : 'Replay all dead letters that match',
  }
}

const placeOf = ({ partition, offset }: Letter) => `${partition}:${offset}`
const nothing = (text: string | null) => (text === null || text === '' ? '–' : <Outside text={text} />)

const columnsOf = (
  zone: string,
  /** Null while one goes on. */
  onReplay: ((at: Pick<Letter, 'partition' | 'offset'>) => void) | null,
): readonly Column<Letter>[] => [
  { key: 'at', title: 'Since', cell: ({ at }) => (at === '' ? '–' : dateTime(new Date(at), zone)) },
  {
    key: 'reason',
    title: 'Reason',
    cell: ({ reason, detail }) => (
      <>
        <code>{reason}</code>
        {detail !== null && (
          <p className="quiet reason">
            <Outside text={detail} />
          </p>
        )}
      </>
    ),
  },
  {
    key: 'customer',
    title: 'Customer',
    cell: ({ customer }) =>
      customer !== null && CUSTOMER_ID.test(customer) ? (
        <Link href={`/customers/${customer}`} className="name">
          {customer}
        </Link>
      ) : (
        nothing(customer)
      ),
  },
  { key: 'file', title: 'File', cell: ({ fileName }) => nothing(fileName) },
  { key: 'bytes', title: 'Size', numeric: true, cell: (letter) => bytes(letter.bytes) },
  { key: 'origin', title: 'Came from', cell: ({ origin }) => nothing(origin) },
  { key: 'place', title: 'Stands at', cell: placeOf },
  {
    key: 'replayed',
    title: 'Replayed',
    cell: ({ replayed }) =>
      replayed === null ? (
        'never'
      ) : (
        <>
          {dateTime(new Date(replayed.at), zone)} by <Outside text={replayed.by} />
        </>
      ),
  },
  {
    key: 'replay',
    title: 'Replay',
    cell: ({ partition, offset, fileName }) => (
      <button
        type="button"
        className="small"
        aria-label={`Replay the dead letter at ${partition}:${offset}${fileName === null ? '' : `, ${visible(fileName)}`}`}
        aria-disabled={onReplay === null}
        onClick={() => onReplay?.({ partition, offset })}
      >
        Replay
      </button>
    ),
  },
]

const text = (key: string, title: string, value: (letter: Letter) => string | number | null): Column<Letter> => ({
  key,
  title,
  cell: (letter) => {
    const of = value(letter)
    return typeof of === 'number' ? of : visible(of ?? '')
  },
})

/** Of the file: no units, moments as ISO 8601. */
const fileColumns: readonly Column<Letter>[] = [
  text('at', 'Since', ({ at }) => at),
  text('reason', 'Reason', ({ reason }) => reason),
  text('detail', 'Detail', ({ detail }) => detail),
  text('customer', 'Customer', ({ customer }) => customer),
  text('file', 'File', ({ fileName }) => fileName),
  text('bytes', 'Bytes', (letter) => letter.bytes),
  text('origin', 'Came from', ({ origin }) => origin),
  text('place', 'Stands at', placeOf),
  text('replayed', 'Replayed', ({ replayed }) => replayed?.at ?? ''),
  text('by', 'Replayed by', ({ replayed }) => replayed?.by ?? ''),
]
