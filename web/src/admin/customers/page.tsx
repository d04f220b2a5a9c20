import { useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { CustomerSummary } from '../../../../functions/src/contract/totals.ts'
import type { Page } from '../backend.ts'
import type { PageProps } from '../page.ts'
import { CsvButton } from '../../pieces/csv-button.tsx'
import { dateTime } from '../pieces/format.ts'
import { bytes, number, percent } from '../../pieces/format.ts'
import { useLoad } from '../../pieces/load.ts'
import { Notice } from '../pieces/notice.tsx'
import { type Column, Table } from '../../pieces/table.tsx'
import { useFilters } from '../../pieces/use-filters.ts'
import { failureShare, questionOf, rangeText, ROWS, sortChanges } from './list.ts'
import './customers.css'

type Summary = CustomerSummary<Date>

export function CustomersPage({ data, zone }: PageProps) {
  const [address, change] = useFilters()
  const { search, order, descending } = questionOf(address)
  const question = `${search} ${order} ${descending}`
  // Where each page begins; another question has other pages.
  const [way, setWay] = useState<{ readonly of: string; readonly starts: readonly unknown[] }>({ of: '', starts: [] })
  const starts = way.of === question ? way.starts : []
  const after = starts.at(-1)
  const loaded = useLoad(
    () => data.summaries({ search, order, descending, limit: ROWS, after }),
    [data, question, starts.length],
  )
  const shown = useShown(loaded.value, { search, page: starts.length })
  const go = (to: readonly unknown[]) => setWay({ of: question, starts: to })

  return (
    <>
      <h1>Customers</h1>
      <p className="quiet">Sums are over all time, and follow within 90 seconds.</p>
      <Search value={search} onChange={(text) => change({ search: text === '' ? null : text })} />
      <Notice watched={loaded} />
      {shown !== null && (
        <section aria-label="Customers found" aria-busy={loaded.busy} className="customers">
          <div className="heading">
            <p role="status">
              {rangeText(shown.page, shown.items.length)}
              {shown.search !== '' && shown.items.length > 0 && ': names first, then ids'}
            </p>
            <span className="quiet">
              The page shown as a file:{' '}
              <CsvButton name={`Customers, page ${shown.page + 1}`} columns={columnsOf(zone)} rows={shown.items} />
            </span>
          </div>
          <Table
            caption="Customers"
            columns={columnsOf(zone)}
            rows={shown.items}
            rowKey={({ customerId }) => customerId}
            {...(search === '' && {
              sort: { key: order, descending },
              onSort: (key: string) => change(sortChanges({ order, descending }, key)),
            })}
            empty={emptyText(shown)}
          />
          <nav className="buttons" aria-label="Pages of customers">
            <PageButton able={starts.length > 0 && !loaded.busy} onPress={() => go(starts.slice(0, -1))}>
              Previous page
            </PageButton>
            <PageButton able={shown.next !== null && !loaded.busy} onPress={() => go([...starts, shown.next])}>
              Next page
            </PageButton>
          </nav>
        </section>
      )}
    </>
  )
}

interface Asked {
  readonly search: string
  /** From 0. */
  readonly page: number
}
type Shown = Page<Summary> & Asked

/** What was found last stays until the next is there, so that nothing jumps and no button is lost. */
function useShown(found: Page<Summary> | null, asked: Asked): Shown | null {
  const [shown, setShown] = useState<{ readonly found: Page<Summary>; readonly asked: Asked } | null>(null)
  if (found !== null && found !== shown?.found) setShown({ found, asked })
  return shown === null ? null : { ...shown.found, ...shown.asked }
}

const emptyText = ({ search, page }: Asked) => {
  if (search !== '') return `No customer’s name or id begins with “${search}”.`
  return page === 0 ? 'No customer has sent an image yet.' : 'There are no more customers.'
}

const columnsOf = (zone: string): readonly Column<Summary>[] => [
  {
    key: 'nameKey',
    title: 'Customer',
    sortable: true,
    cell: (summary) => <Name {...summary} />,
    text: ({ name }) => name,
  },
  {
    key: 'id',
    title: 'Id',
    cell: ({ customerId }) => <span className="name">{customerId}</span>,
    text: (row) => row.customerId,
  },
  figure('images', 'Images', ({ images }) => images, number),
  figure('failed', 'Failed', ({ failed }) => failed, number),
  {
    key: 'share',
    title: 'Failed share',
    numeric: true,
    cell: (row) => shareText(failureShare(row)),
    text: (row) => failureShare(row) ?? '',
  },
  figure('bytesIn', 'Received', ({ bytesIn }) => bytesIn, bytes),
  figure('bytesOut', 'Results', ({ bytesOut }) => bytesOut, bytes),
  {
    key: 'lastActivityAt',
    title: 'Last activity',
    sortable: true,
    cell: ({ lastActivityAt }) => dateTime(lastActivityAt, zone),
    text: ({ lastActivityAt }) => lastActivityAt.toISOString(),
  },
]

const figure = (
  key: string,
  title: string,
  of: (row: Summary) => number,
  format: (value: number) => string,
): Column<Summary> => ({ key, title, numeric: true, sortable: true, cell: (row) => format(of(row)), text: of })

const shareText = (share: number | null) => (share === null ? '–' : percent(share))

const Name = ({ customerId, name, erased }: Summary) => (
  <>
    <Link href={`/customers/${customerId}`} className="name">
      {name}
    </Link>
    {erased && <span className="tag">Data deleted</span>}
  </>
)

interface PageButtonProps {
  readonly able: boolean
  readonly children: string
  readonly onPress: () => void
}

/** Keeps the focus where it can't be pressed: a button that is disabled would lose it. */
const PageButton = ({ able, children, onPress }: PageButtonProps) => (
  <button type="button" aria-disabled={!able} onClick={() => able && onPress()}>
    {children}
  </button>
)

/** Milliseconds without a key before what was typed is searched for. */
const PAUSE = 300

function Search({ value, onChange }: { readonly value: string; readonly onChange: (text: string) => void }) {
  const [text, setText] = useState(value)
  const told = useRef(value)
  const tell = (typed: string) => {
    told.current = typed.trim()
    if (told.current !== value) onChange(told.current)
  }
  // The address was changed by something else, such as a link to this page.
  useEffect(() => {
    if (value === told.current) return
    told.current = value
    setText(value)
  }, [value])
  useEffect(() => {
    const timer = setTimeout(() => tell(text), PAUSE)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <form
      role="search"
      className="customer-search"
      onSubmit={(event) => {
        event.preventDefault()
        tell(text)
      }}
    >
      <label>
        Beginning of a name or id
        <input
          type="search"
          value={text}
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => setText(target.value)}
        />
      </label>
    </form>
  )
}
