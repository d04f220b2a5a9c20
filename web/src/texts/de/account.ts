import type { account as English } from '../en/account.ts'
import { counting } from '../words.ts'

const n = counting('de')

export const account: typeof English = {
  purpose: 'Bilder senden, sehen, was aus jedem wird, und die Ergebnisse mitnehmen.',
  signIn: 'Anmelden',
  signUp: 'Konto anlegen',
  reset: 'Neues Passwort setzen',
  forgotten: 'Passwort vergessen?',
  noAccount: 'Noch kein Konto?',
  haveAccount: 'Schon ein Konto?',
  backToSignIn: 'Zurück zur Anmeldung',
  or: 'oder',
  google: 'Weiter mit Google',
  email: 'E-Mail',
  password: 'Passwort',
  newPassword: 'Neues Passwort',
  currentPassword: 'Bisheriges Passwort',
  newEmail: 'Neue E-Mail',
  name: 'Name',
  optional: 'Dieses Feld darf leer bleiben.',
  passwordRule: (length) => `Mindestens ${length} Zeichen; einige Wörter sind gut.`,
  show: 'Zeigen',
  showPassword: 'Passwort zeigen',
  enterEmail: 'Geben Sie Ihre E-Mail-Adresse ein.',
  emailLike: 'Geben Sie eine Adresse wie name@example.com ein.',
  enterPassword: 'Geben Sie Ihr Passwort ein.',
  enterName: 'Geben Sie einen Namen ein.',
  tooShort: (length) => `Bitte mindestens ${length} Zeichen.`,
  busy: 'Einen Moment …',
  demo: 'Konten zum Ausprobieren',
  ended:
    'Ihre Anmeldung ist zu Ende: Sie haben sich überall abgemeldet, Passwort oder Adresse wurden geändert, oder das Konto wurde geschlossen. Melden Sie sich wieder an, um weiterzumachen; was nicht gesendet wurde, ist noch auf diesem Gerät.',
  problems: {
    wrong: 'E-Mail-Adresse oder Passwort ist falsch. Versuchen Sie es noch einmal, oder setzen Sie ein neues Passwort.',
    noEmail: 'Das ist keine E-Mail-Adresse. Sie sieht aus wie name@example.com.',
    noPassword: 'Geben Sie ein Passwort ein.',
    taken: 'Mit dieser Adresse gibt es schon ein Konto. Melden Sie sich damit an, oder setzen Sie ein neues Passwort.',
    weak: 'Dieses Passwort ist zu leicht zu erraten. Wählen Sie ein längeres, mit anderen Buchstaben, Ziffern und Zeichen.',
    closed: 'Dieses Konto wurde geschlossen. Bitte fragen Sie, wer es Ihnen gegeben hat.',
    tooMany: 'Das wurde zu oft versucht. Warten Sie einige Minuten, dann versuchen Sie es wieder.',
    unreachable: 'Der Server ist nicht erreichbar. Prüfen Sie die Verbindung, und versuchen Sie es noch einmal.',
    blocked:
      'Der Browser hat Googles Fenster nicht geöffnet. Drücken Sie den Knopf noch einmal, oder erlauben Sie Fenster für diese Seite.',
    otherWay: 'Mit dieser Adresse gibt es ein Konto, das sich anders anmeldet. Melden Sie sich mit dessen Passwort an.',
    off: 'Diese Art der Anmeldung ist hier nicht eingerichtet. Wählen Sie eine andere, oder fragen Sie, wer Darkroom betreibt.',
    tooOld:
      'Dafür müssen Sie sich gerade erst angemeldet haben. Melden Sie sich ab und wieder an, dann versuchen Sie es noch einmal.',
    ended: 'Ihre Anmeldung ist zu Ende. Melden Sie sich wieder an.',
    storage:
      'Dieser Browser behält nichts für diese Seite. Erlauben Sie es ihm, oder verlassen Sie den privaten Modus, und versuchen Sie es noch einmal.',
    other: (code) => `Das hat nicht geklappt (${code}). Versuchen Sie es gleich noch einmal.`,
  },

  resetHint: 'Wir senden an diese Adresse einen Link, mit dem Sie ein neues Passwort wählen.',
  sendLink: 'Link senden',
  resetSent:
    'Falls es mit dieser Adresse ein Konto gibt, ist eine Mail mit einem Link unterwegs. Sehen Sie auch im Spam-Ordner nach.',

  googleLocal: 'Google-Konto (Emulator)',
  googleLocalHint: 'Auf diesem Rechner geht jede Adresse: Sie gilt als die eines Google-Kontos.',
  googleEmail: 'Adresse des Kontos',
  continue: 'Weiter',

  localMail: 'Auf diesem Rechner wird keine Mail gesendet:',
  localLink: 'öffnen Sie stattdessen den Link',
  localNone: 'Es gibt keinen Link, der noch nicht benutzt wurde.',
  localReset: 'Auf diesem Rechner wird keine Mail gesendet. Wählen Sie das neue Passwort hier:',
  localResetNone: 'Auf diesem Rechner gibt es kein Konto mit dieser Adresse.',
  setPassword: 'Dieses Passwort setzen',
  passwordSet: 'Das neue Passwort ist gesetzt. Melden Sie sich damit an.',

  confirm: 'Bestätigen Sie Ihre E-Mail-Adresse',
  confirmSent: 'Wir haben eine Mail mit einem Link an diese Adresse gesendet:',
  confirmHow:
    'Öffnen Sie den Link, und kommen Sie zurück: Diese Seite geht von selbst weiter. Nichts da? Sehen Sie auch im Spam-Ordner nach.',
  confirmed: 'Ich habe sie bestätigt',
  notConfirmed: 'Sie ist noch nicht bestätigt. Öffnen Sie den Link in der neuesten Mail.',
  sendAgain: 'Noch einmal senden',
  sentAgain: 'Gesendet. Es kann eine Minute dauern.',
  mailFailed: 'Die Mail konnte nicht gesendet werden.',
  checkAgain: 'Noch einmal prüfen',
  barredAdmin: 'Dies ist ein Konto der Verwaltung',
  barredAdminWhy: 'Es hat keine eigenen Bilder.',
  barredNotSetUp: 'Dieses Konto ist nicht eingerichtet',
  barredNotSetUpWhy: 'Es ist kein Kundenkonto. Bitte fragen Sie, wer es Ihnen gegeben hat.',
  signedInAs: 'Angemeldet als',

  you: 'Sie',
  signInWays: 'Sie melden sich an mit',
  withPassword: 'E-Mail und Passwort',
  withGoogle: 'Google',
  isConfirmed: 'bestätigt',
  isNotConfirmed: 'nicht bestätigt',
  customer: 'Kunde',
  changeName: 'Namen ändern',
  changePassword: 'Passwort ändern',
  changeEmail: 'E-Mail-Adresse ändern',
  save: 'Speichern',
  wrongCurrent: 'Das bisherige Passwort ist falsch.',
  nameChanged: 'Der Name ist geändert.',
  passwordChanged: 'Das Passwort ist geändert. Jedes andere Gerät muss sich neu anmelden.',
  passwordHint: 'Jedes andere Gerät muss sich damit neu anmelden.',
  emailHint:
    'Wir senden einen Link an die neue Adresse. Wenn Sie ihn öffnen, ist die Adresse geändert, und Sie melden sich mit ihr an.',
  emailSent:
    'Eine Mail mit einem Link wurde an die neue Adresse gesendet. Sie ist geändert, sobald Sie den Link öffnen.',
  byGoogle: 'Name, Adresse und Passwort sind die Ihres Google-Kontos.',
  signingOut: 'Abmelden',
  signOutHere: 'Auf diesem Gerät abmelden',
  everywhere: 'Überall abmelden',
  everywhereHint:
    'Überall heißt auf jedem Gerät, auch auf diesem: sofort, wo eine Anmeldung erneuert wird, sonst innerhalb einer Stunde.',
  everywhereFailed:
    'Sie sind noch überall angemeldet: Der Server hat es nicht getan. Versuchen Sie es gleich noch einmal.',
  thisDevice: 'Auf diesem Gerät',
  nothingUnsent:
    'Dieser Browser behält Ihre Sprache und Darstellung, und Dateien, bis sie gesendet sind. Zurzeit wartet keine.',
  unsent: (count) =>
    n(count, {
      one: '# Datei, die noch nicht gesendet ist, wird in diesem Browser behalten. Sie bleibt, wenn Sie sich abmelden, und wird gesendet, wenn Sie sich wieder anmelden.',
      other:
        '# Dateien, die noch nicht gesendet sind, werden in diesem Browser behalten. Sie bleiben, wenn Sie sich abmelden, und werden gesendet, wenn Sie sich wieder anmelden.',
    }),
  notKept:
    'Dieser Browser behält keine Dateien: Was noch nicht gesendet ist, geht verloren, wenn dieser Tab geschlossen wird.',
  yourData: 'Ihre Daten',
  erase:
    'Bilder und Ergebnisse gehen von selbst, wenn ihre Zeit um ist. Soll das Konto mit allem, was von Ihnen behalten wird, früher gelöscht werden, schreiben Sie dem, der Ihnen das Konto gegeben hat: Er tut es, und es lässt sich nicht rückgängig machen.',
}
