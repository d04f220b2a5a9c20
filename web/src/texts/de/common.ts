import type { common as English } from '../en/common.ts'
import { counting } from '../words.ts'

const n = counting('de')

export const common: typeof English = {
  appName: 'Darkroom',
  loading: 'Wird geladen …',
  tryAgain: 'Noch einmal versuchen',
  reload: 'Seite neu laden',
  close: 'Schließen',
  cancel: 'Abbrechen',
  undo: 'Rückgängig',
  signOut: 'Abmelden',
  skip: 'Zum Inhalt springen',
  menu: 'Seiten',
  happened: 'Was geschehen ist',
  offline: 'Keine Verbindung. Was Sie sehen, kann veraltet sein; es geht von selbst weiter.',
  cantReach: 'Der Server ist nicht erreichbar. Besteht eine Verbindung?',
  cantStart: (detail) => `Darkroom kann nicht starten: ${detail}`,
  broken: 'Auf dieser Seite ist etwas schiefgegangen. Was Sie gesendet haben, ist sicher.',
  cantShow: (code) => `Das kann zurzeit nicht gezeigt werden (${code}).`,
  denied:
    'Dieses Konto darf das nicht sehen. Melden Sie sich ab und wieder an, oder fragen Sie, wer es Ihnen gegeben hat.',
  notFound: 'Diese Seite gibt es nicht.',
  toUpload: 'Bilder senden',
  toAdmin: 'Zur Seite der Verwaltung',
  pages: { upload: 'Hochladen', images: 'Bilder', figures: 'Zahlen', account: 'Konto' },
  files: (count) => n(count, { one: '# Datei', other: '# Dateien' }),
  images: (count) => n(count, { one: '# Bild', other: '# Bilder' }),
  formats: {
    jpeg: 'JPEG',
    png: 'PNG',
    webp: 'WebP',
    avif: 'AVIF',
    heic: 'HEIC',
    gif: 'GIF',
    tiff: 'TIFF',
    svg: 'eine SVG-Zeichnung',
    bmp: 'ein BMP-Bild',
    ico: 'ein Symbol',
    jxl: 'ein JPEG-XL-Bild',
    jp2: 'ein JPEG-2000-Bild',
    psd: 'ein Photoshop-Dokument',
    'camera-raw': 'die Rohdatei einer Kamera',
    pdf: 'ein PDF-Dokument',
    video: 'eine Video- oder Tondatei',
    zip: 'ein ZIP-Archiv',
    html: 'eine Webseite',
    text: 'Text',
    unknown: 'von unbekannter Art',
  },
  sources: { web: 'Von dieser Seite gesendet', kafka: 'Von einem anderen System gesendet' },
  statuses: { waiting: 'Wartet', processing: 'In Arbeit', done: 'Fertig', failed: 'Fehlgeschlagen' },
  errors: {
    empty: 'Die Datei ist leer. Wählen Sie sie noch einmal oder eine andere.',
    'unsupported-format':
      'Diese Art von Datei wird nicht verarbeitet. Speichern Sie sie als JPEG, PNG oder WebP und senden Sie diese.',
    'too-large': 'Das Bild ist größer, als verarbeitet wird. Verkleinern Sie es und senden Sie es noch einmal.',
    corrupt:
      'Die Datei ist beschädigt. Öffnen Sie sie auf Ihrem Gerät; ist sie dort zu sehen, speichern Sie sie neu und senden Sie diese.',
    'quota-exceeded':
      'Sie haben heute so viele Bilder gesendet, wie Ihr Konto erlaubt. Versuchen Sie es morgen wieder.',
    'processor-timeout':
      'Die Verarbeitung dauerte zu lange. Versuchen Sie es noch einmal; ein kleineres Bild kann helfen.',
    'processor-failed': 'Bei der Verarbeitung ging etwas schief. Versuchen Sie es noch einmal.',
    'attempts-exhausted': 'Die Verarbeitung brach jedes Mal ab. Wir gehen dem nach; versuchen Sie es später wieder.',
    'object-gone': 'Die Datei ist nicht mehr da. Senden Sie sie noch einmal.',
    'record-rejected': 'Was über das Bild herausgefunden wurde, konnte nicht gespeichert werden. Wir gehen dem nach.',
  },
  language: 'Sprache',
  theme: 'Darstellung',
  themes: { system: 'Wie das Gerät', light: 'Hell', dark: 'Dunkel' },
}
