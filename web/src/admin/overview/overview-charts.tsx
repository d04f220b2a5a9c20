/** The overview's charts, which come after its figures. */
import { memo, useEffect, useMemo } from 'react'
import { Link } from 'wouter'
import type { DayTotals } from '../../../../functions/src/contract/totals.ts'
import type { AdminData } from '../backend.ts'
import { ChartCard } from '../../pieces/chart.tsx'
import { number, percent } from '../../pieces/format.ts'
import { useLoad } from '../../pieces/load.ts'
import { Notice } from '../pieces/notice.tsx'
import { monthsAndDays, type Period } from '../pieces/period.ts'
import type { Column } from '../../pieces/table.tsx'
import { Bars } from '../../pieces/charts.tsx'
import { count, size } from '../../pieces/columns.tsx'
import { endedSeries } from '../../pieces/series.ts'
import type { Filter } from '../../pieces/sums.ts'
import { WORDS } from '../pieces/words.ts'
import { DayCharts } from './day-charts.tsx'
import { type CustomerRow, topCustomers } from './series.ts'
import { useNames } from './use-names.ts'

interface Props {
  readonly data: AdminData
  readonly days: readonly DayTotals<Date>[]
  readonly period: Period
  readonly filter: Filter
}

export const OverviewCharts = ({ data, days, period, filter }: Props) => (
  <DayCharts days={days} period={period} filter={filter}>
    <Customers data={data} period={period} />
  </DayCharts>
)

const Customers = memo(({ data, period }: Pick<Props, 'data' | 'period'>) => {
  const { known, ask } = useNames(data)
  const shares = useLoad(() => data.readShares(monthsAndDays(period)), [data, period.from, period.to])
  const rows = useMemo(() => topCustomers(shares.value ?? new Map()), [shares.value])
  useEffect(() => ask(rows.flatMap(({ customerId }) => customerId ?? [])), [ask, rows])

  const nameOf = ({ customerId, customers }: CustomerRow) =>
    customerId === null ? `${number(customers)} others` : (known.get(customerId) ?? customerId)
  const columns: readonly Column<CustomerRow>[] = [
    {
      key: 'customer',
      title: 'Customer',
      cell: (row) =>
        row.customerId === null ? nameOf(row) : <Link href={`/customers/${row.customerId}`}>{nameOf(row)}</Link>,
      text: nameOf,
    },
    { key: 'id', title: 'Id', cell: ({ customerId }) => customerId ?? '' },
    count('images', 'Images', ({ images }) => images),
    count('failed', 'Failed', ({ failed }) => failed),
    {
      key: 'rate',
      title: 'Failure rate',
      numeric: true,
      cell: ({ images, failed }) => percent(failed / images),
      text: ({ images, failed }) => failed / images,
    },
    size('bytesIn', 'Bytes in', ({ bytesIn }) => bytesIn),
    size('bytesOut', 'Bytes out', ({ bytesOut }) => bytesOut),
  ]
  const rest = rows.find(({ customerId }) => customerId === null)
  // Beside all the rest together no customer could be seen.
  const points = rows.flatMap(({ customerId, images, failed }) =>
    customerId === null ? [] : [{ key: customerId, values: { processed: images - failed, failed } }],
  )
  return (
    <ChartCard
      title="Images by customer"
      columns={columns}
      rows={shares.value === null ? null : rows}
      note={
        <>
          All sources and types, as of when they were read.{' '}
          <button type="button" className="small" onClick={shares.again} disabled={shares.busy}>
            Read again
          </button>
        </>
      }
    >
      {(shares.value === null || shares.problem !== null) && <Notice watched={shares} />}
      {shares.value !== null && (
        <Bars
          name="Images by customer"
          series={endedSeries(WORDS.charts)}
          points={points}
          labelOf={(customerId) => known.get(customerId) ?? customerId}
          format={number}
        />
      )}
      {rest !== undefined && (
        <p className="quiet">
          {number(rest.customers)} others together: {number(rest.images)} images
        </p>
      )}
    </ChartCard>
  )
})
