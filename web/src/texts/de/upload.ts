import type { upload as English } from '../en/upload.ts'
import { counting } from '../words.ts'

const n = counting('de')
const number = new Intl.NumberFormat('de')
const files = (count: number) => n(count, { one: '# Datei', other: '# Dateien' })
const images = (count: number) => n(count, { one: '# Bild', other: '# Bilder' })

export const upload: typeof English = {
  choose: {
    region: 'Bilder auswählen',
    drop: 'Ziehen Sie Bilder oder Ordner irgendwohin auf diese Seite',
    tap: 'Wählen Sie Fotos aus',
    files: 'Dateien wählen',
    folder: 'Ordner wählen',
    camera: 'Foto aufnehmen',
    paste: 'Sie können auch ein Bild aus der Zwischenablage einfügen.',
    takes: (formats, limit) => `${formats}, je bis zu ${limit}.`,
    takesNone: 'Dieses Konto darf zurzeit keine Bilder senden. Fragen Sie, wer es Ihnen gegeben hat.',
    dropHere: 'Zum Senden loslassen',
    unreadable: (count, first) =>
      n(count, {
        one: `„${first}“ ist nicht lesbar und wurde ausgelassen. Öffnen Sie es auf Ihrem Gerät, oder wählen Sie es einzeln.`,
        other: `# Dateien oder Ordner sind nicht lesbar und wurden ausgelassen, etwa „${first}“. Wählen Sie sie einzeln.`,
      }),
    cut: (limit) =>
      `Nur die ersten ${number.format(limit)} Dateien wurden angenommen. Wählen Sie die übrigen, sobald diese gesendet sind.`,
    taken: (count) =>
      n(count, { one: '# Datei gewählt: Sie wird gesendet.', other: '# Dateien gewählt: Sie werden gesendet.' }),
    show: 'Zeigen',
  },
  reduce: {
    label: 'Fotos vor dem Senden verkleinern',
    explained:
      'Für langsame Verbindungen: Die längste Seite hat dann höchstens 2.560 Pixel, und das Senden dauert viel kürzer. Das Foto wird neu gespeichert; was die Kamera darin vermerkt hat (Ort, Zeit, Einstellungen), geht verloren.',
  },
  guide: {
    title: 'So geht es',
    steps: [
      {
        title: 'Senden',
        text: 'Wählen Sie einzelne Fotos oder ganze Ordner, auch Hunderte auf einmal. Bricht die Verbindung ab, geht es später von selbst weiter.',
      },
      {
        title: 'Zusehen',
        text: 'Hier sehen Sie von jedem Bild, wie weit es ist. Stimmt mit einem etwas nicht, steht dabei, was es ist und was Sie tun können.',
      },
      {
        title: 'Mitnehmen',
        text: 'Fertige Bilder finden Sie unter „Bilder“: Sehen Sie sie an und laden Sie eines oder alle herunter. Sie bleiben mindestens sieben Tage.',
      },
    ],
    toImages: 'Alle Ihre Bilder ansehen',
  },
  total: {
    sending: (count) => n(count, { one: '# Datei wird gesendet', other: '# Dateien werden gesendet' }),
    paused: 'Angehalten',
    offline: 'Wartet auf eine Verbindung',
    elsewhere: 'Ein anderer Tab sendet',
    ended: (count) => `${files(count)} gesendet`,
    endedOf: (arrived, all) => `${number.format(arrived)} von ${files(all)} gesendet`,
    nothingSent: 'Nichts gesendet',
    progress: 'Alle Dateien',
    of: (arrived, all) => `${number.format(arrived)} von ${number.format(all)} gesendet`,
    bytesOf: (sent, all) => `${sent} von ${all}`,
    speed: (bytes) => `${bytes}/s`,
    left: {
      moment: 'noch wenige Sekunden',
      seconds: (count) => `noch etwa ${count} s`,
      minutes: (count) => `noch etwa ${count} min`,
      hours: (count) => n(count, { one: 'noch etwa eine Stunde', other: 'noch etwa # Stunden' }),
    },
    measuring: 'die Dauer wird geschätzt',
    goesOn: 'es geht von selbst weiter',
    pausedAll: 'bis Sie fortsetzen, wird nichts gesendet',
    inWork: (count) => `${number.format(count)} in Arbeit`,
    done: (count) => `${number.format(count)} fertig`,
    failed: (count) => `${number.format(count)} fehlgeschlagen`,
    notSent: (count) => `${number.format(count)} nicht gesendet`,
    refused: (count) => `${number.format(count)} abgelehnt`,
    pauseAll: 'Alle anhalten',
    resumeAll: 'Alle fortsetzen',
    cancelAll: 'Alle abbrechen',
    retryAll: (count) => n(count, { one: 'Wiederholen', other: '# wiederholen' }),
    clear: 'Liste leeren',
    clearEnded: () => 'Beendete entfernen',
  },
  ask: {
    title: (count) => n(count, { one: '# Datei nicht senden?', other: '# Dateien nicht senden?' }),
    text: 'Was noch nicht angekommen ist, wird nicht gesendet. Was angekommen ist, bleibt.',
    yes: 'Nicht senden',
    no: 'Weiter senden',
  },
  notKept:
    'Dieser Browser kann nicht aufbewahren, was Sie gewählt haben, vielleicht aus Platzmangel oder in einem privaten Fenster. Lassen Sie diese Seite offen, bis alles gesendet ist.',
  cantWatch: (code) => `Was aus Ihren Bildern wird, kann zurzeit nicht gezeigt werden (${code}). Sie sind sicher.`,
  list: 'Dateien',
  states: {
    checking: 'Wird angesehen',
    refused: 'Nicht gesendet',
    queued: 'Als Nächstes an der Reihe',
    sending: 'Wird gesendet',
    paused: 'Angehalten',
    offline: 'Wartet auf eine Verbindung',
    elsewhere: 'Ein anderer Tab sendet sie',
    failed: 'Nicht gesendet',
    waiting: 'Gesendet, wartet auf die Verarbeitung',
    deleted: 'Gelöscht',
  },
  row: {
    was: (now, before) => `${now} (vorher ${before})`,
    noPreview: (format) => `${format} hat in diesem Browser keine Vorschau`,
    uploading: (name) => `${name} wird gesendet`,
    pause: (name) => `${name} anhalten`,
    resume: (name) => `${name} fortsetzen`,
    cancel: (name) => `${name} abbrechen`,
    dismiss: (name) => `${name} von der Liste nehmen`,
    again: (name) => `${name} noch einmal versuchen`,
  },
  refusals: {
    name: 'Unter diesem Namen kann sie nicht gesendet werden: Er ist zu lang oder hat unzulässige Zeichen. Benennen Sie sie um und wählen Sie sie noch einmal.',
    empty: 'Die Datei ist leer. Wählen Sie sie noch einmal oder eine andere.',
    unreadable:
      'Sie ist nicht lesbar. Ist es ein Ordner, wählen Sie die Dateien darin; sonst öffnen Sie sie zuerst auf Ihrem Gerät.',
    tooLarge: (bytes, limit) =>
      `Die Datei hat ${bytes}; erlaubt sind ${limit}. Verkleinern Sie das Bild und wählen Sie es noch einmal.`,
    tooMany: (limit) =>
      `Mehr als ${number.format(limit)} Dateien auf einmal werden nicht angenommen. Wählen Sie sie noch einmal, sobald andere gesendet sind.`,
    format: (is) => `Die Datei ist ${is}; das wird nicht verarbeitet.`,
    ownFormat: (is) => `Die Datei ist ${is}; das wird für dieses Konto nicht angenommen.`,
    sendAs: (formats) => `Senden Sie sie als ${formats}.`,
    takesNone: 'Dieses Konto darf zurzeit keine Bilder senden.',
  },
  failures: {
    denied:
      'Der Server hat die Datei abgewiesen. Versuchen Sie es noch einmal; hilft das nicht, melden Sie sich ab und wieder an.',
    'signed-out': 'Sie sind nicht mehr angemeldet. Melden Sie sich an und versuchen Sie es noch einmal.',
    'no-room': 'Für weitere Dateien ist zurzeit kein Platz. Versuchen Sie es später noch einmal.',
    'name-taken': 'Unter diesem Namen ist schon eine andere Datei da. Wählen Sie die Datei neu.',
    unreadable:
      'Die Datei ist nicht mehr lesbar: Sie wurde verschoben, geändert oder gelöscht. Wählen Sie sie noch einmal.',
    other: (detail) => `Die Datei konnte nicht gesendet werden (${detail}). Versuchen Sie es noch einmal.`,
  },
  status: {
    percent: (percent) => `${percent} %`,
    of: (arrived, all, percent) => `${number.format(arrived)} von ${number.format(all)} · ${percent} %`,
    failed: (count) => `${number.format(count)} nicht gesendet`,
    uploads: 'Hochladen:',
  },
  news: {
    added: (name) => `${name}: hinzugefügt.`,
    manyAdded: (count) => `${files(count)} hinzugefügt.`,
    refused: (name, reason) => `${name}: abgelehnt. ${reason}`,
    manyRefused: (count) => `${files(count)} abgelehnt. In der Liste steht, weshalb.`,
    notSent: (name, reason) => `${name}: nicht gesendet. ${reason}`,
    manyNotSent: (count) => `${files(count)} nicht gesendet. In der Liste steht, weshalb.`,
    uploaded: (name) => `${name}: gesendet.`,
    allUploaded: (count) => `${files(count)} gesendet.`,
    someUploaded: (count, all) => `${number.format(count)} von ${files(all)} gesendet.`,
    progress: (percent, count, all) => `${percent} % gesendet, ${number.format(count)} von ${files(all)}.`,
    failed: (name, reason) => `${name}: fehlgeschlagen. ${reason}`,
    manyFailed: (count) => `${images(count)} fehlgeschlagen. In der Liste steht, weshalb.`,
    done: (name) => `${name}: fertig.`,
    someDone: (count, all) => `${number.format(count)} von ${n(all, { one: '# Bild', other: '# Bildern' })} fertig.`,
    allDone: (count) => `${images(count)} fertig.`,
  },
}
