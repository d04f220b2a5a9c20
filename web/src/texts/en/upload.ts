import { counting } from '../words.ts'

const n = counting('en')
const number = new Intl.NumberFormat('en')
const files = (count: number) => n(count, { one: '# file', other: '# files' })
const images = (count: number) => n(count, { one: '# image', other: '# images' })

export const upload = {
  choose: {
    region: 'Choose images',
    drop: 'Drop images or folders anywhere',
    tap: 'Choose the photos to send',
    files: 'Choose files',
    folder: 'Choose a folder',
    camera: 'Take a photo',
    paste: 'You can also paste an image from the clipboard.',
    takes: (formats: string, limit: string) => `${formats}, up to ${limit} each.`,
    takesNone: 'This account may send no images at present. Ask whoever gave you the account.',
    dropHere: 'Drop to send',
    unreadable: (count: number, first: string) =>
      n(count, {
        one: `“${first}” can’t be read, and was left out. Open it on your device, or choose it by itself.`,
        other: `# files or folders can’t be read, and were left out, such as “${first}”. Choose them by themselves.`,
      }),
    cut: (limit: number) =>
      `Only the first ${number.format(limit)} files were taken. Choose the others once these are sent.`,
    taken: (count: number) => `${files(count)} chosen: they are being sent.`,
    show: 'Show',
  },
  reduce: {
    label: 'Make photos smaller before sending',
    explained:
      'For slow connections: the longest side becomes 2,560 pixels at most, which takes far less time to send. The photo is encoded anew, so what the camera noted in it (place, time, settings) is lost.',
  },
  guide: {
    title: 'How it works',
    steps: [
      {
        title: 'Send',
        text: 'Choose photos one by one or whole folders: hundreds at a time are fine. If the connection breaks, sending goes on by itself.',
      },
      {
        title: 'Watch',
        text: 'Each image shows here how far it has come. If something is wrong with one, it says what, and what you can do.',
      },
      {
        title: 'Take home',
        text: 'Finished images are under “Images”: look at them, and download one or all. They are kept for at least seven days.',
      },
    ],
    toImages: 'See all your images',
  },
  total: {
    sending: (count: number) => `Sending ${files(count)}`,
    paused: 'Paused',
    offline: 'Waiting for a connection',
    elsewhere: 'Another tab is sending',
    ended: (count: number) => n(count, { one: '# file sent', other: '# files sent' }),
    endedOf: (arrived: number, all: number) => `${number.format(arrived)} of ${files(all)} sent`,
    nothingSent: 'Nothing sent',
    progress: 'All files',
    of: (arrived: number, all: number) => `${number.format(arrived)} of ${number.format(all)} sent`,
    bytesOf: (sent: string, all: string) => `${sent} of ${all}`,
    speed: (bytes: string) => `${bytes}/s`,
    left: {
      moment: 'a few seconds left',
      seconds: (count: number) => `about ${count} s left`,
      minutes: (count: number) => `about ${count} min left`,
      hours: (count: number) => n(count, { one: 'about an hour left', other: 'about # hours left' }),
    },
    measuring: 'working out how long it takes',
    goesOn: 'it goes on by itself',
    pausedAll: 'nothing is sent until you resume',
    inWork: (count: number) => `${number.format(count)} in work`,
    done: (count: number) => `${number.format(count)} done`,
    failed: (count: number) => `${number.format(count)} failed`,
    notSent: (count: number) => `${number.format(count)} not sent`,
    refused: (count: number) => `${number.format(count)} refused`,
    pauseAll: 'Pause all',
    resumeAll: 'Resume all',
    cancelAll: 'Cancel all',
    retryAll: (count: number) => n(count, { one: 'Try again', other: 'Try # again' }),
    clear: 'Clear the list',
    clearEnded: (count: number) => `Clear ${number.format(count)} ended`,
  },
  ask: {
    title: (count: number) => `Cancel ${n(count, { one: '# upload', other: '# uploads' })}?`,
    text: 'What has not arrived yet is not sent. What has arrived stays.',
    yes: 'Cancel them',
    no: 'Go on sending',
  },
  notKept:
    'This browser can’t keep what you chose, perhaps for want of room or in a private window. Leave this page open until everything is sent.',
  cantWatch: (code: string) => `What becomes of your images can’t be shown at present (${code}). They are safe.`,
  list: 'Files',
  states: {
    checking: 'Being looked at',
    refused: 'Not sent',
    queued: 'Next in line',
    sending: 'Being sent',
    paused: 'Paused',
    offline: 'Waiting for a connection',
    elsewhere: 'Another tab is sending it',
    failed: 'Not sent',
    waiting: 'Sent, waiting to be processed',
    deleted: 'Deleted',
  },
  row: {
    was: (now: string, before: string) => `${now} (was ${before})`,
    noPreview: (format: string) => `${format} can’t be previewed in this browser`,
    uploading: (name: string) => `Uploading ${name}`,
    pause: (name: string) => `Pause ${name}`,
    resume: (name: string) => `Resume ${name}`,
    cancel: (name: string) => `Cancel ${name}`,
    dismiss: (name: string) => `Dismiss ${name}`,
    again: (name: string) => `Try ${name} again`,
  },
  refusals: {
    name: 'It can’t be sent under this name: the name is too long, or has characters that are not allowed. Rename it and choose it again.',
    empty: 'The file is empty. Choose it again, or another one.',
    unreadable: 'It can’t be read. If it is a folder, choose the files in it; else open it on your device first.',
    tooLarge: (bytes: string, limit: string) =>
      `The file has ${bytes}; the limit is ${limit}. Make the image smaller and choose it again.`,
    tooMany: (limit: number) =>
      `No more than ${number.format(limit)} files are taken at a time. Choose it again once others are sent.`,
    format: (is: string) => `The file is ${is}, which is not processed.`,
    ownFormat: (is: string) => `The file is ${is}, which is not taken for this account.`,
    sendAs: (formats: string) => `Send it as ${formats}.`,
    takesNone: 'This account may send no images at present.',
  },
  failures: {
    denied: 'The server turned the file away. Try it again; if that does not help, sign out and in again.',
    'signed-out': 'You are no longer signed in. Sign in again, then try it again.',
    'no-room': 'There is no room for more files at present. Try it again later.',
    'name-taken': 'Another file is there under this name. Choose the file anew.',
    unreadable: 'The file can’t be read any more: it was moved, changed or deleted. Choose it again.',
    other: (detail: string) => `The file could not be sent (${detail}). Try it again.`,
  },
  status: {
    percent: (percent: number) => `${percent} %`,
    of: (arrived: number, all: number, percent: number) =>
      `${number.format(arrived)} of ${number.format(all)} · ${percent} %`,
    failed: (count: number) => `${number.format(count)} failed`,
    uploads: 'Uploads:',
  },
  /** For screen readers. */
  news: {
    added: (name: string) => `${name}: added.`,
    manyAdded: (count: number) => `${files(count)} added.`,
    refused: (name: string, reason: string) => `${name}: refused. ${reason}`,
    manyRefused: (count: number) => `${files(count)} refused. The list says why.`,
    notSent: (name: string, reason: string) => `${name}: not uploaded. ${reason}`,
    manyNotSent: (count: number) => `${files(count)} not uploaded. The list says why.`,
    uploaded: (name: string) => `${name}: uploaded.`,
    allUploaded: (count: number) => `${files(count)} uploaded.`,
    someUploaded: (count: number, all: number) => `${number.format(count)} of ${files(all)} uploaded.`,
    progress: (percent: number, count: number, all: number) =>
      `${percent} % sent, ${number.format(count)} of ${files(all)}.`,
    failed: (name: string, reason: string) => `${name}: failed. ${reason}`,
    manyFailed: (count: number) => `${images(count)} failed. The list says why.`,
    done: (name: string) => `${name}: done.`,
    someDone: (count: number, all: number) => `${number.format(count)} of ${images(all)} done.`,
    allDone: (count: number) => `${images(count)} done.`,
  },
}
