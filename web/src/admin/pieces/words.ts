import type { ErrorCode } from '../../../../functions/src/contract/outcomes.ts'
import { formatName } from '../../ui/format.ts'
import type { PieceWords } from '../../pieces/words.ts'

/** Such as "Unsupported format". */
export const reasonName = (reason: ErrorCode) => (reason[0] ?? '').toUpperCase() + reason.slice(1).replaceAll('-', ' ')

/** The admin's page is in English, with figures as the browser writes them. */
export const WORDS: PieceWords = {
  locale: undefined,
  csv: 'CSV',
  download: (title) => `Download ${title} as CSV`,
  table: 'Table',
  asTable: (title) => `${title}, as a table`,
  none: 'None.',
  allRows: 'All rows shown',
  together: 'Together',
  charts: {
    ended: 'Processed and failed over time',
    formats: 'Images by type over time',
    formatsNote: 'The type is what an image’s bytes say, whatever its name. Processed and failed together.',
    sources: 'Images by source',
    reasons: 'Failures by reason',
    nothingFailed: 'Nothing failed.',
    day: 'Day',
    month: 'Month',
    source: 'Source',
    reason: 'Reason',
    images: 'Images',
    processed: 'Processed',
    failed: 'Failed',
    bytesIn: 'Bytes in',
    others: 'Others',
    formatName,
    sourceName: (source) => ({ web: 'Web', kafka: 'Kafka' })[source],
    reasonName,
  },
}
