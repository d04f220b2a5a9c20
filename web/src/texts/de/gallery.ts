import type { gallery as English } from '../en/gallery.ts'
import { counting } from '../words.ts'

const n = counting('de')

export const gallery: typeof English = {
  list: 'Ihre Bilder',
  searchAndFilters: 'Suche und Filter',
  search: 'Nach Dateinamen suchen',
  searchHint: 'Findet Namen nach den Anfängen ihrer Wörter.',
  tooShort: 'Geben Sie zum Suchen mindestens zwei Buchstaben ein.',
  filters: 'Filter',
  filtersOn: (count) => n(count, { one: 'Filter (# gesetzt)', other: 'Filter (# gesetzt)' }),
  all: 'Alle',
  state: 'Zustand',
  states: { received: 'Wartet oder in Arbeit', processed: 'Fertig', failed: 'Fehlgeschlagen', deleted: 'Gelöscht' },
  format: 'Format',
  source: 'Herkunft',
  from: 'Eingegangen ab',
  to: 'Eingegangen bis',
  clear: 'Filter aufheben',
  count: (count, all) =>
    all
      ? n(count, { one: '# Bild', other: '# Bilder' })
      : n(count, {
          one: 'Das neueste Bild; weiter unten sind mehr.',
          other: 'Die neuesten # Bilder; weiter unten sind mehr.',
        }),
  lost: 'Keine Verbindung: Das kann veraltet sein. Es geht von selbst weiter.',
  lostAtFirst: 'Keine Verbindung. Ihre Bilder erscheinen, sobald eine besteht.',
  deletedHint: 'Ihre Ergebnisse lassen sich bis zum jeweiligen Datum wiederherstellen.',
  noneYet: 'Sie haben noch keine Bilder',
  noneYetHint:
    'Was Sie senden, erscheint hier sofort, und Sie sehen laufend, was daraus wird. Die Ergebnisse bleiben mindestens sieben Tage.',
  noMatch: 'Kein Bild passt',
  noMatchHint: 'Von allen Ihren Bildern ist keines so, wie die Filter verlangen.',
  noNameHint: 'Die Suche findet Wortanfänge im Dateinamen: „url“ findet „Urlaub 12.jpg“, „laub“ findet es nicht.',
  noneDeleted: 'Nichts ist gelöscht',
  keys: 'Pfeiltasten führen von Bild zu Bild, die Leertaste wählt aus, mit Umschalt mehrere, Enter öffnet.',
  select: 'Auswählen:',
  selection: 'Ausgewählte Bilder',
  selected: (count) => n(count, { one: '# ausgewählt', other: '# ausgewählt' }),
  selectAll: (count) => n(count, { one: '# geladenes auswählen', other: 'Alle # geladenen auswählen' }),
  selectNone: 'Auswahl aufheben',
  results: (size) => `Ergebnisse: ${size}`,
  download: (count) => n(count, { one: 'Herunterladen', other: '# als ZIP herunterladen' }),
  retry: (count) => n(count, { one: 'Noch einmal versuchen', other: '# noch einmal versuchen' }),
  remove: 'Löschen',
  restore: 'Wiederherstellen',
  noThumbnail: 'Das Bild lässt sich zurzeit nicht laden.',
  noPicture: 'Kein Bild',
  availableUntil: (day) => `Verfügbar bis ${day}`,
  soonGone: (time) => `Nur noch bis ${time}`,
  gone: 'Die Ergebnisse werden nicht mehr aufbewahrt',
  deletedOn: (day) => `Gelöscht am ${day}`,
  pagesOf: (count) => n(count, { one: '# Seite', other: '# Seiten' }),
  frames: (count) => n(count, { one: '# Einzelbild', other: '# Einzelbilder' }),
  fromElsewhere: 'Aus einem anderen System',
  happened: ({ arrived, done, failed }) =>
    [
      arrived > 0 ? n(arrived, { one: '# neues Bild', other: '# neue Bilder' }) : '',
      done > 0 ? n(done, { one: '# Bild ist fertig', other: '# Bilder sind fertig' }) : '',
      failed > 0 ? n(failed, { one: '# Bild ist fehlgeschlagen', other: '# Bilder sind fehlgeschlagen' }) : '',
    ]
      .filter((part) => part !== '')
      .join(', '),
}
