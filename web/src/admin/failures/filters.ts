/** What the addresses of the pages of failures and of dead letters ask for. Pure functions. */
import {
  type FailureFilter,
  LETTER_REASONS,
  type LetterFilter,
  OPERATION_ID,
} from '../../../../functions/src/contract/admin.ts'
import { CUSTOMER_ID, SOURCES } from '../../../../functions/src/contract/names.ts'
import { ERROR_CODES } from '../../../../functions/src/contract/outcomes.ts'
import { type Period, periodOf, type Preset } from '../pieces/period.ts'

/** Longer than originals are kept as a rule. */
const DEFAULT_DAYS: Preset = '30'

export function daysOf(address: URLSearchParams, today: string): Period {
  const says = ['days', 'from', 'to'].some((name) => address.has(name))
  return periodOf(says ? address : new URLSearchParams({ days: DEFAULT_DAYS }), today)
}

/** `customer`, `reason`, `source`; whatever is none selects all. */
export function failureFilterOf(
  address: URLSearchParams,
  { from, to }: Pick<Period, 'from' | 'to'>,
): FailureFilter & { readonly from: string; readonly to: string } {
  const customerId = address.get('customer') ?? ''
  const reason = ERROR_CODES.find((each) => each === address.get('reason'))
  const source = SOURCES.find((each) => each === address.get('source'))
  return {
    ...(CUSTOMER_ID.test(customerId) && { customerId }),
    ...(reason && { reason }),
    ...(source && { source }),
    from,
    to,
  }
}

/** `customer` is as the sender wrote it: not always an id that a customer can have. */
export function letterFilterOf(address: URLSearchParams, { from, to }: Pick<Period, 'from' | 'to'>): LetterFilter {
  const customer = address.get('customer') ?? ''
  const reason = LETTER_REASONS.find((each) => each === address.get('reason'))
  return { ...(customer !== '' && { customer }), ...(reason !== undefined && { reason }), from, to }
}

/** What was under way when the page was left or loaded again; null: nothing. */
export function operationOf(address: URLSearchParams): string | null {
  const operation = address.get('operation') ?? ''
  return OPERATION_ID.test(operation) ? operation : null
}

/** Null where it is an id that a customer can have, or none is named; else a sentence. */
export const customerProblem = (text: string) =>
  text === '' || CUSTOMER_ID.test(text) ? null : 'No customer can have that id: letters, digits, _ and - alone.'
