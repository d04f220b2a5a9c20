import { type ReactNode, useMemo } from 'react'
import { Link } from 'wouter'
import { CUSTOMER_ID } from '../../../../functions/src/contract/names.ts'
import type { Customer } from '../../../../functions/src/contract/record.ts'
import type { CustomerMonth, CustomerSummary } from '../../../../functions/src/contract/totals.ts'
import { comparedWith, Figures } from '../overview/figures.tsx'
import { NO_FILTER, sumsOf } from '../../pieces/sums.ts'
import type { PageProps } from '../page.ts'
import { dateTime } from '../pieces/format.ts'
import { useLoad } from '../../pieces/load.ts'
import { Notice } from '../pieces/notice.tsx'
import { PeriodPicker } from '../pieces/period-picker.tsx'
import { before, type Period, periodChanges, periodOf } from '../pieces/period.ts'
import { useFilters } from '../../pieces/use-filters.ts'
import { useToday } from '../../pieces/use-today.ts'
import { useWatch } from '../../pieces/watch.ts'
import { type CustomerDay, daysIn } from '../../pieces/months.ts'
import { monthsOf } from './figures.ts'
import { RecentImages } from './images.tsx'
import { Limits } from './limits.tsx'
import './customers.css'

type Props = PageProps & { readonly customerId: string }

export function CustomerPage(props: Props) {
  return CUSTOMER_ID.test(props.customerId) ? (
    <Known {...props} />
  ) : (
    <NotFound>What stands in the address is no customer’s id.</NotFound>
  )
}

interface Known {
  readonly customer: Customer<Date> | null
  readonly summary: CustomerSummary<Date> | null
}

function Known({ data, zone, customerId }: Props) {
  const watched = useWatch<Known>(
    (listener, onProblem) => data.watchCustomer(customerId, listener, onProblem),
    [data, customerId],
  )
  const { customer, summary } = watched.value ?? { customer: null, summary: null }
  if (watched.value !== null && watched.current && customer === null && summary === null) {
    return (
      <NotFound>
        There is no customer <strong className="name">{customerId}</strong>: it has never sent an image, or its data was
        deleted.
      </NotFound>
    )
  }
  const name = customer?.name ?? summary?.name ?? customerId
  const erased = customer?.erased ?? summary?.erased ?? false
  return (
    <>
      <header className="customer">
        <p>
          <Link href="/customers">All customers</Link>
        </p>
        <h1 className="name">{name}</h1>
        <Notice watched={watched} />
        <dl className="facts">
          <div>
            <dt>Id</dt>
            <dd className="name">{customerId}</dd>
          </div>
          <div>
            <dt>First came by</dt>
            <dd>{customer === null ? '–' : customer.kind === 'web' ? 'the web page' : 'Kafka'}</dd>
          </div>
          <div>
            <dt>Customer since</dt>
            <dd>{customer === null ? '–' : dateTime(customer.createdAt, zone)}</dd>
          </div>
        </dl>
        {erased && (
          <p>This customer’s data was deleted. Its figures are left, under a pseudonym, so that sums stay right.</p>
        )}
      </header>
      <PeriodFigures data={data} zone={zone} customerId={customerId} />
      {!erased && watched.value !== null && (
        <>
          <RecentImages data={data} zone={zone} customerId={customerId} only="all" />
          <RecentImages data={data} zone={zone} customerId={customerId} only="failed" />
          <Limits data={data} zone={zone} customerId={customerId} name={name} />
        </>
      )}
    </>
  )
}

const NotFound = ({ children }: { readonly children: ReactNode }) => (
  <>
    <h1>No such customer</h1>
    <p>{children}</p>
    <p>
      <Link href="/customers">All customers</Link>
    </p>
  </>
)

/** A period's figures against the period before, and its charts: from at most a document a month. */
function PeriodFigures({ data, zone, customerId }: Pick<Props, 'data' | 'zone' | 'customerId'>) {
  const [address, setAddress] = useFilters()
  const today = useToday(zone)
  const search = address.toString()
  const period = useMemo(() => periodOf(new URLSearchParams(search), today), [search, today])
  const months = monthsOf(period)
  const watched = useWatch<readonly CustomerMonth<Date>[]>(
    (listener, onProblem) => data.watchMonths(customerId, months.from, months.to, listener, onProblem),
    [data, customerId, months.from, months.to],
  )
  const { days, sums, past } = useMemo(() => {
    if (watched.value === null) return { days: null, sums: null, past: null }
    const chosen = daysIn(watched.value, period)
    const earlier = daysIn(watched.value, before(period))
    return { days: chosen, sums: sumsOf(chosen, NO_FILTER), past: sumsOf(earlier, NO_FILTER) }
  }, [watched.value, period])
  return (
    <>
      <PeriodPicker period={period} zone={zone} onChange={(chosen) => setAddress(periodChanges(chosen))} />
      <section aria-label="Figures" aria-busy={sums === null && watched.problem === null} className="customer-figures">
        <p className="quiet">{comparedWith(period, before(period), today)}</p>
        <Notice watched={watched} />
        <Figures sums={sums} past={past} filter={NO_FILTER} />
      </section>
      {days !== null && days.length > 0 && <Charts days={days} period={period} />}
      {days?.length === 0 && <p>No image of it arrived on these days.</p>}
    </>
  )
}

/** Their library is larger than the rest of the page: it is fetched when the figures stand. */
function Charts(props: { readonly days: readonly CustomerDay[]; readonly period: Period }) {
  const code = useLoad(() => import('../overview/day-charts.tsx'), [])
  return (
    <div className="columns">
      {code.value === null ? <Notice watched={code} /> : <code.value.DayCharts {...props} filter={NO_FILTER} />}
    </div>
  )
}
