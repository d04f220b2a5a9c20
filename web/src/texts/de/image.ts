import type { image as English } from '../en/image.ts'
import { counting } from '../words.ts'

const n = counting('de')

export const image: typeof English = {
  title: 'Bild',
  back: 'Zurück zu den Bildern',
  notFound: 'Dieses Bild gibt es nicht',
  notFoundHint:
    'Vielleicht wurde es endgültig entfernt, oder es gehört zu einem anderen Konto. Suchen Sie es unter Ihren Bildern.',
  whenConnected: 'Keine Verbindung. Das Bild wird gezeigt, sobald sie wieder besteht.',
  state: 'Zustand',
  nowIs: (status) => `Das Bild ist jetzt: ${status}`,

  alt: (fileName) => `Vorschau von ${fileName}`,
  noPreview: 'Die Vorschau kann zurzeit nicht geladen werden.',
  noPicture: 'Kein Bild: Die Verarbeitung ist fehlgeschlagen.',
  pictureComes: 'Das Bild erscheint hier, sobald es verarbeitet ist.',
  nothingToShow: 'Keines der Ergebnisse kann hier gezeigt werden. Laden Sie sie herunter, um sie zu sehen.',
  comes: 'Sie brauchen nichts zu tun: Diese Seite ändert sich von selbst.',
  retry: 'Noch einmal versuchen',
  triedEnough: (attempts) =>
    n(attempts, {
      one: 'Es wurde einmal versucht, so oft wie möglich. Senden Sie die Datei neu, oder fragen Sie, wer Ihnen das Konto gegeben hat.',
      other:
        'Es wurde #-mal versucht, so oft wie möglich. Senden Sie die Datei neu, oder fragen Sie, wer Ihnen das Konto gegeben hat.',
    }),

  expiry: { kept: 'Verfügbar bis', soon: 'Nur noch verfügbar bis', gone: 'War verfügbar bis' },
  saveNow: 'Laden Sie herunter, was Sie behalten möchten',
  mayBeGone: 'Die Ergebnisse sind vielleicht nicht mehr da; senden Sie die Datei noch einmal, wenn Sie sie brauchen',

  facts: 'Angaben',
  format: 'Format',
  dimensions: 'Abmessungen',
  pages: 'Seiten oder Einzelbilder',
  size: 'Größe',
  source: 'Herkunft',
  received: 'Empfangen',
  processed: 'Verarbeitet',
  attempts: 'Versuche',
  same: 'Gleicher Inhalt',
  sameLink: 'Ein früheres Bild',
  takenAt: 'Aufgenommen',
  camera: 'Kamera',
  lens: 'Objektiv',
  exposure: 'Belichtung',

  results: 'Ergebnisse',
  resultName: 'Name',
  type: 'Art',
  otherType: 'Datei',
  download: 'Herunterladen',
  downloadOne: (name) => `${name} herunterladen`,
  saved: 'Das Ergebnis ist gespeichert.',
  notSaved: {
    missing: 'Das Ergebnis ist nicht mehr da. Senden Sie die Datei noch einmal, wenn Sie es brauchen.',
    denied:
      'Das Ergebnis darf nicht gelesen werden. Melden Sie sich ab und wieder an, und versuchen Sie es noch einmal.',
    unreachable: 'Das Ergebnis kann nicht geladen werden. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.',
  },
  notWritten:
    'Das ZIP konnte nicht geschrieben werden. Ist auf dem Gerät noch Platz? Schaffen Sie welchen und versuchen Sie es noch einmal.',
  nothingReady: 'Noch gibt es nichts herunterzuladen: Keines davon hat Ergebnisse.',
  cantLoad:
    'Ein Teil dieser Seite kann nicht geladen werden. Prüfen Sie die Verbindung oder laden Sie die Seite neu, und versuchen Sie es noch einmal.',
  downloadTitle: 'Herunterladen',
  whichResult: 'Welches Ergebnis?',
  whichResults: 'Welche Ergebnisse?',
  zipChoices: { largest: 'Von jedem Bild das größte', all: 'Alle Ergebnisse' },
  zipDetail: (files, bytes) => `${n(files, { one: '# Datei', other: '# Dateien' })}, ${bytes}, als ZIP`,
  leftOut: (count) =>
    n(count, {
      one: '# Bild hat noch keine Ergebnisse oder ist fehlgeschlagen und fehlt darin.',
      other: '# Bilder haben noch keine Ergebnisse oder sind fehlgeschlagen und fehlen darin.',
    }),
  zipName: 'darkroom-bilder.zip',
  zipBegins: (files) => `${n(files, { one: '# Datei wird', other: '# Dateien werden' })} als ZIP heruntergeladen.`,
  zipSaved: (files) =>
    n(files, { one: '# Datei ist im ZIP gespeichert.', other: '# Dateien sind im ZIP gespeichert.' }),
  zipMissing: (files) =>
    n(files, {
      one: '# konnte nicht geladen werden: Die Liste im ZIP sagt, welche und warum.',
      other: '# konnten nicht geladen werden: Die Liste im ZIP sagt, welche und warum.',
    }),
  zipLeftOut: (count) =>
    n(count, { one: '# Bild ohne Ergebnisse fehlt darin.', other: '# Bilder ohne Ergebnisse fehlen darin.' }),
  zipNothing: {
    missing:
      'Es gibt kein ZIP: Keines der Ergebnisse ist mehr da. Senden Sie die Dateien noch einmal, wenn Sie sie brauchen.',
    denied:
      'Es gibt kein ZIP: Die Ergebnisse dürfen nicht gelesen werden. Melden Sie sich ab und wieder an, und versuchen Sie es noch einmal.',
    unreachable:
      'Es gibt kein ZIP: Die Ergebnisse können nicht geladen werden. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.',
  },
  zipCancelled: 'Das Herunterladen wurde abgebrochen. Nichts wurde gespeichert.',
  zipNote: 'Nicht in diesem ZIP sind:',
  zipReasons: {
    missing: 'ist nicht mehr da',
    denied: 'darf nicht gelesen werden',
    unreachable: 'konnte nicht geladen werden; versuchen Sie es noch einmal',
  },
  zipLeft: {
    waiting: 'war noch nicht verarbeitet',
    processing: 'war noch nicht verarbeitet',
    done: 'hat keine Ergebnisse',
    failed: 'ist fehlgeschlagen',
  },
  under: {
    download: 'Wird heruntergeladen',
    delete: 'Wird gelöscht',
    restore: 'Wird wiederhergestellt',
    retry: 'Wird noch einmal versucht',
  },
  progress: (done, total) => `${n(done, { other: '#' })} von ${n(total, { other: '#' })}`,
  ofBytes: (done, total) => `${done} von ${total}`,

  remove: 'Löschen',
  removeOne: ['', ' löschen?'],
  removeMany: (count) => n(count, { one: '# Bild löschen?', other: '# Bilder löschen?' }),
  removeHides: 'Sofort ausgeblendet, hier und für alle, die dieses Konto mit benutzen.',
  removeResults: (count, until) =>
    n(count, {
      one: `Kann bis ${until} wiederhergestellt werden. Dann werden die Ergebnisse endgültig entfernt.`,
      other: `Können wiederhergestellt werden, solange es ihre Ergebnisse gibt, das letzte bis ${until}. Dann werden diese endgültig entfernt.`,
    }),
  removeOriginals: (count, days) =>
    n(count, {
      one: `Die gesendete Datei wird innerhalb von ${days} Tagen nach dem Empfang entfernt.`,
      other: `Die gesendeten Dateien werden innerhalb von ${days} Tagen nach dem Empfang entfernt.`,
    }),
  removeLinks: 'Links darauf gelten nicht mehr.',
  removeCounts: 'Ihre Zahlen bleiben, wie sie sind.',
  restore: 'Wiederherstellen',
  deletedAt: (time) => `Dieses Bild wurde am ${time} gelöscht. Es steht nur noch in der Liste der gelöschten.`,
  deletedUntil: {
    kept: (time) => `Seine Ergebnisse gibt es bis ${time}. Bis dahin kann es wiederhergestellt werden.`,
    gone: (time) => `Seine Ergebnisse gab es bis ${time}: Es ist nichts mehr wiederherzustellen.`,
  },

  did: {
    delete: (count) => n(count, { one: '# Bild ist gelöscht.', other: '# Bilder sind gelöscht.' }),
    restore: (count) => n(count, { one: '# Bild ist wiederhergestellt.', other: '# Bilder sind wiederhergestellt.' }),
    retry: (count) =>
      n(count, { one: '# Bild wird noch einmal versucht.', other: '# Bilder werden noch einmal versucht.' }),
  },
  refusals: {
    'not-found': (count) => n(count, { one: '# Bild ist nicht mehr da.', other: '# Bilder sind nicht mehr da.' }),
    'not-failed': (count) =>
      n(count, {
        one: '# Bild ist nicht fehlgeschlagen und bleibt, wie es ist.',
        other: '# Bilder sind nicht fehlgeschlagen und bleiben, wie sie sind.',
      }),
    'raw-expired': (count) =>
      n(count, {
        one: 'Die Datei von # Bild gibt es nicht mehr: Senden Sie sie noch einmal.',
        other: 'Die Dateien von # Bildern gibt es nicht mehr: Senden Sie sie noch einmal.',
      }),
    busy: (count) =>
      n(count, {
        one: '# Bild wird gerade verarbeitet: Versuchen Sie es in einer Minute noch einmal.',
        other: '# Bilder werden gerade verarbeitet: Versuchen Sie es in einer Minute noch einmal.',
      }),
    'tried-enough': (count) =>
      n(count, {
        one: '# Bild wurde so oft versucht wie möglich: Senden Sie die Datei neu.',
        other: '# Bilder wurden so oft versucht wie möglich: Senden Sie die Dateien neu.',
      }),
    gone: (count) =>
      n(count, {
        one: 'Die Ergebnisse von # Bild sind entfernt: Es ist nichts mehr wiederherzustellen.',
        other: 'Die Ergebnisse von # Bildern sind entfernt: Es ist nichts mehr wiederherzustellen.',
      }),
  },
  unasked: {
    delete: (count) => n(count, { one: '# Bild wurde nicht gelöscht.', other: '# Bilder wurden nicht gelöscht.' }),
    restore: (count) =>
      n(count, { one: '# Bild wurde nicht wiederhergestellt.', other: '# Bilder wurden nicht wiederhergestellt.' }),
    retry: (count) => n(count, { one: '# Bild wurde nicht versucht.', other: '# Bilder wurden nicht versucht.' }),
  },
  callProblems: {
    'signed-out': 'Sie sind nicht mehr angemeldet: Melden Sie sich wieder an, und versuchen Sie es noch einmal.',
    denied:
      'Dieses Konto darf das nicht. Melden Sie sich ab und wieder an, oder fragen Sie, wer Ihnen das Konto gegeben hat.',
    'too-many': 'Das war zu viel auf einmal. Warten Sie eine Minute, und versuchen Sie es noch einmal.',
    unreachable: 'Der Server ist nicht erreichbar. Prüfen Sie die Verbindung, und versuchen Sie es noch einmal.',
  },

  share: 'Teilen …',
  shareTitle: 'Ein Ergebnis teilen',
  shareMeans:
    'Macht einen Link. Wer ihn hat, sieht dieses eine Ergebnis ohne Anmeldung, bis er abläuft oder Sie ihn widerrufen. Sonst wird nichts von Ihnen gezeigt.',
  shareWhich: 'Ergebnis',
  shareHowLong: 'Für wie lange',
  shareDays: (days) => n(days, { one: '# Tag', other: '# Tage' }),
  shareAsLong: 'Solange es das Ergebnis gibt',
  until: (time) => `bis ${time}`,
  makeLink: 'Link machen',
  makingLink: 'Link wird gemacht …',
  tooManyLinks: (count) =>
    n(count, {
      one: '# Link auf dieses Bild ist offen, mehr dürfen es nicht sein. Widerrufen Sie ihn zuerst in der Liste unten.',
      other:
        '# Links auf dieses Bild sind offen, mehr dürfen es nicht sein. Widerrufen Sie zuerst einen in der Liste unten.',
    }),
  linkMade: 'Der Link ist gemacht.',
  address: 'Adresse',
  linkUntil: (time) => `Er gilt bis ${time}. Auf dieser Seite finden und widerrufen Sie ihn.`,
  copy: 'Kopieren',
  copied: 'Die Adresse ist kopiert.',
  copyByHand: 'Von hier kann sie nicht kopiert werden: Die Adresse ist ausgewählt, drücken Sie Strg+C oder ⌘C.',
  cantCopy: (address) => `Von hier kann sie nicht kopiert werden. Die Adresse ist ${address}`,
  links: 'Links',
  linksMean: 'Wer einen offenen Link hat, sieht dieses eine Ergebnis ohne Anmeldung.',
  linkStates: { open: 'Offen', expired: 'Abgelaufen', revoked: 'Widerrufen' },
  linkTimes: (made, until) => `Gemacht ${made}, bis ${until}.`,
  linkRevokedAt: (time) => `Widerrufen ${time}.`,
  copyOf: (name) => `Link auf ${name} kopieren`,
  revoke: 'Widerrufen',
  revokeOf: (name) => `Link auf ${name} widerrufen`,
  revokeTitle: 'Diesen Link widerrufen?',
  revokeMeans:
    'Er gilt sofort nicht mehr, für alle, die ihn haben, und kann nicht wieder geöffnet werden. Sie können einen neuen machen.',
  revoked: 'Der Link ist widerrufen.',
}
