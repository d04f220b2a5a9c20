import { counting } from '../words.ts'

const n = counting('en')

interface Happened {
  readonly arrived: number
  readonly done: number
  readonly failed: number
}

export const gallery = {
  list: 'Your images',
  searchAndFilters: 'Search and filters',
  search: 'Search by file name',
  searchHint: 'Finds names by the beginnings of their words.',
  tooShort: 'Type at least two letters to search.',
  filters: 'Filters',
  filtersOn: (count: number) => n(count, { one: 'Filters (# is on)', other: 'Filters (# are on)' }),
  all: 'All',
  state: 'State',
  states: { received: 'Waiting or processing', processed: 'Done', failed: 'Failed', deleted: 'Deleted' },
  format: 'Format',
  source: 'Source',
  from: 'Received from',
  to: 'Received until',
  clear: 'Clear the filters',
  count: (count: number, all: boolean) =>
    all
      ? n(count, { one: '# image', other: '# images' })
      : n(count, {
          one: 'The newest image; there are more below.',
          other: 'The newest # images; there are more below.',
        }),
  lost: 'No connection: this may be out of date. It goes on by itself.',
  lostAtFirst: 'No connection. Your images are shown as soon as there is one.',
  deletedHint: 'Their results can be restored until the date on each.',
  noneYet: 'You have no images yet',
  noneYetHint:
    'What you send appears here at once, and you see live what becomes of it. The results stay for at least seven days.',
  noMatch: 'No image matches',
  noMatchHint: 'Of all your images, none is as the filters ask.',
  noNameHint:
    'The search finds the beginnings of words in a file’s name: “hol” finds “Holiday 12.jpg”, “day” does not.',
  noneDeleted: 'Nothing is deleted',
  keys: 'Arrow keys go from image to image, Space selects, Shift selects several, Enter opens.',
  select: 'Select',
  selection: 'Selected images',
  selected: (count: number) => n(count, { one: '# selected', other: '# selected' }),
  selectAll: (count: number) => n(count, { one: 'Select # loaded', other: 'Select all # loaded' }),
  selectNone: 'Clear the selection',
  results: (size: string) => `Results: ${size}`,
  download: (count: number) => n(count, { one: 'Download', other: 'Download # as ZIP' }),
  retry: (count: number) => n(count, { one: 'Try again', other: 'Try # again' }),
  remove: 'Delete',
  restore: 'Restore',
  noThumbnail: 'The picture can’t be loaded at present.',
  noPicture: 'No picture',
  availableUntil: (day: string) => `Available until ${day}`,
  soonGone: (time: string) => `Only until ${time}`,
  gone: 'The results are no longer kept',
  deletedOn: (day: string) => `Deleted on ${day}`,
  pagesOf: (count: number) => n(count, { one: '# page', other: '# pages' }),
  frames: (count: number) => n(count, { one: '# frame', other: '# frames' }),
  fromElsewhere: 'From another system',
  happened: ({ arrived, done, failed }: Happened) =>
    [
      arrived > 0 ? n(arrived, { one: '# new image', other: '# new images' }) : '',
      done > 0 ? n(done, { one: '# image is done', other: '# images are done' }) : '',
      failed > 0 ? n(failed, { one: '# image has failed', other: '# images have failed' }) : '',
    ]
      .filter((part) => part !== '')
      .join(', '),
}
