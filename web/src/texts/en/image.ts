import { counting } from '../words.ts'

const n = counting('en')

export const image = {
  title: 'Image',
  back: 'Back to the images',
  notFound: 'There is no such image',
  notFoundHint: 'It may have been removed for good, or it is another account’s. Look for it among your images.',
  whenConnected: 'There is no connection. The image is shown as soon as there is one.',
  state: 'State',
  nowIs: (status: string) => `The image is now: ${status}`,

  alt: (fileName: string) => `Preview of ${fileName}`,
  noPreview: 'The preview can’t be loaded at present.',
  noPicture: 'No picture: processing failed.',
  pictureComes: 'The picture is shown here once it is processed.',
  nothingToShow: 'None of the results can be shown here. Download them to see them.',
  comes: 'There is nothing you need to do: this page changes by itself.',
  retry: 'Try again',
  triedEnough: (attempts: number) =>
    n(attempts, {
      one: 'It was tried once, as often as may be. Send the file anew, or ask whoever gave you the account.',
      other: 'It was tried # times, as often as may be. Send the file anew, or ask whoever gave you the account.',
    }),

  expiry: { kept: 'Available until', soon: 'Only available until', gone: 'Was available until' },
  saveNow: 'Download what you want to keep',
  mayBeGone: 'The results may be gone; send the file again if you need them',

  facts: 'Facts',
  format: 'Format',
  dimensions: 'Dimensions',
  pages: 'Pages or frames',
  size: 'Size',
  source: 'Source',
  received: 'Received',
  processed: 'Processed',
  attempts: 'Attempts',
  same: 'Same content',
  sameLink: 'An image that came before',
  takenAt: 'Taken',
  camera: 'Camera',
  lens: 'Lens',
  exposure: 'Exposure',

  results: 'Results',
  resultName: 'Name',
  type: 'Type',
  otherType: 'File',
  download: 'Download',
  downloadOne: (name: string) => `Download ${name}`,
  saved: 'The result is saved.',
  notSaved: {
    missing: 'The result is no longer there. Send the file again if you need it.',
    denied: 'The result may not be read. Sign out and in again, then try it once more.',
    unreachable: 'The result can’t be loaded. Check the connection and try again.',
  },
  notWritten: 'The ZIP could not be written. Is there room on the device? Free some, then try again.',
  nothingReady: 'There is nothing to download yet: none of these has results.',
  cantLoad: 'A part of this page can’t be loaded. Check the connection, or reload the page, and try again.',
  downloadTitle: 'Download',
  whichResult: 'Which result?',
  whichResults: 'Which results?',
  zipChoices: { largest: 'The largest of each image', all: 'All results' },
  zipDetail: (files: number, bytes: string) => `${n(files, { one: '# file', other: '# files' })}, ${bytes}, as a ZIP`,
  leftOut: (count: number) =>
    n(count, {
      one: '# image has no results yet, or failed, and is left out.',
      other: '# images have no results yet, or failed, and are left out.',
    }),
  zipName: 'darkroom-images.zip',
  zipBegins: (files: number) => `Downloading ${n(files, { one: '# file', other: '# files' })} as a ZIP.`,
  zipSaved: (files: number) => n(files, { one: '# file is saved in the ZIP.', other: '# files are saved in the ZIP.' }),
  zipMissing: (files: number) =>
    n(files, {
      one: '# could not be loaded: the list in the ZIP says which, and why.',
      other: '# could not be loaded: the list in the ZIP says which, and why.',
    }),
  zipLeftOut: (count: number) =>
    n(count, { one: '# image without results was left out.', other: '# images without results were left out.' }),
  zipNothing: {
    missing: 'There is no ZIP: none of the results is there any longer. Send the files again if you need them.',
    denied: 'There is no ZIP: the results may not be read. Sign out and in again, then try it once more.',
    unreachable: 'There is no ZIP: the results can’t be loaded. Check the connection and try again.',
  },
  zipCancelled: 'The download was cancelled. Nothing was saved.',
  zipNote: 'These are not in this ZIP:',
  zipReasons: {
    missing: 'is no longer there',
    denied: 'may not be read',
    unreachable: 'could not be loaded; try it again',
  },
  zipLeft: {
    waiting: 'was not processed yet',
    processing: 'was not processed yet',
    done: 'has no results',
    failed: 'failed',
  },
  under: { download: 'Downloading', delete: 'Deleting', restore: 'Restoring', retry: 'Trying again' },
  progress: (done: number, total: number) => `${n(done, { other: '#' })} of ${n(total, { other: '#' })}`,
  ofBytes: (done: string, total: string) => `${done} of ${total}`,

  remove: 'Delete',
  /** Before and after the file’s name. */
  removeOne: ['Delete ', '?'],
  removeMany: (count: number) => n(count, { one: 'Delete # image?', other: 'Delete # images?' }),
  removeHides: 'Hidden at once, here and for everyone who shares this account.',
  removeResults: (count: number, until: string) =>
    n(count, {
      one: `Can be restored until ${until}. Then its results are removed for good.`,
      other: `Can be restored while their results are there, the last until ${until}. Then those are removed for good.`,
    }),
  removeOriginals: (count: number, days: number) =>
    n(count, {
      one: `The file that was sent is removed within ${days} days of its arrival.`,
      other: `The files that were sent are removed within ${days} days of their arrival.`,
    }),
  removeLinks: 'Links to it stop working.',
  removeCounts: 'Your figures stay as they are.',
  restore: 'Restore',
  deletedAt: (time: string) => `This image was deleted on ${time}. It is in no list but that of the deleted ones.`,
  deletedUntil: {
    kept: (time: string) => `Its results are kept until ${time}. Until then it can be restored.`,
    gone: (time: string) => `Its results were kept until ${time}: there is nothing left to restore.`,
  },

  did: {
    delete: (count: number) => n(count, { one: '# image is deleted.', other: '# images are deleted.' }),
    restore: (count: number) => n(count, { one: '# image is restored.', other: '# images are restored.' }),
    retry: (count: number) => n(count, { one: '# image is tried again.', other: '# images are tried again.' }),
  },
  refusals: {
    'not-found': (count: number) =>
      n(count, { one: '# image is no longer there.', other: '# images are no longer there.' }),
    'not-failed': (count: number) =>
      n(count, {
        one: '# image has not failed, and stays as it is.',
        other: '# images have not failed, and stay as they are.',
      }),
    'raw-expired': (count: number) =>
      n(count, {
        one: 'The file of # image is no longer kept: send it again.',
        other: 'The files of # images are no longer kept: send them again.',
      }),
    busy: (count: number) =>
      n(count, {
        one: '# image is being processed just now: try it again in a minute.',
        other: '# images are being processed just now: try them again in a minute.',
      }),
    'tried-enough': (count: number) =>
      n(count, {
        one: '# image was tried as often as may be: send the file anew.',
        other: '# images were tried as often as may be: send the files anew.',
      }),
    gone: (count: number) =>
      n(count, {
        one: 'The results of # image have been removed: there is nothing left to restore.',
        other: 'The results of # images have been removed: there is nothing left to restore.',
      }),
  },
  unasked: {
    delete: (count: number) => n(count, { one: '# image was not deleted.', other: '# images were not deleted.' }),
    restore: (count: number) => n(count, { one: '# image was not restored.', other: '# images were not restored.' }),
    retry: (count: number) => n(count, { one: '# image was not tried.', other: '# images were not tried.' }),
  },
  callProblems: {
    'signed-out': 'You are no longer signed in: sign in again, then try it once more.',
    denied: 'This account may not do that. Sign out and in again, or ask whoever gave you the account.',
    'too-many': 'That was too much at a time. Wait a minute, then try again.',
    unreachable: 'The server can’t be reached. Check the connection, then try again.',
  },

  share: 'Share…',
  shareTitle: 'Share a result',
  shareMeans:
    'Makes a link. Whoever has it sees this one result without signing in, until it ends or you revoke it. Nothing else of yours is shown.',
  shareWhich: 'Result',
  shareHowLong: 'For how long',
  shareDays: (days: number) => n(days, { one: '# day', other: '# days' }),
  shareAsLong: 'As long as the result is kept',
  until: (time: string) => `until ${time}`,
  makeLink: 'Make the link',
  makingLink: 'Making the link…',
  tooManyLinks: (count: number) =>
    n(count, {
      one: '# link to this image is open, the most there may be. Revoke it first, in the list below.',
      other: '# links to this image are open, the most there may be. Revoke one first, in the list below.',
    }),
  linkMade: 'The link is made.',
  address: 'Address',
  linkUntil: (time: string) => `It works until ${time}. You find and revoke it on this page.`,
  copy: 'Copy',
  copied: 'The address is copied.',
  copyByHand: 'It can’t be copied from here: the address is selected, press Ctrl+C or ⌘C.',
  cantCopy: (address: string) => `It can’t be copied from here. The address is ${address}`,
  links: 'Links',
  linksMean: 'Whoever has an open link sees that one result without signing in.',
  linkStates: { open: 'Open', expired: 'Expired', revoked: 'Revoked' },
  linkTimes: (made: string, until: string) => `Made ${made}, until ${until}.`,
  linkRevokedAt: (time: string) => `Revoked ${time}.`,
  copyOf: (name: string) => `Copy the link to ${name}`,
  revoke: 'Revoke',
  revokeOf: (name: string) => `Revoke the link to ${name}`,
  revokeTitle: 'Revoke this link?',
  revokeMeans:
    'It stops working at once, for everyone who has it, and can’t be opened again. You can make another one.',
  revoked: 'The link is revoked.',
}
