import { grantAdmin, halfAdmins, listAdmins, revokeAdmin, type AdminsDeps } from '../functions/src/api/admins.ts'
import { printable } from '../functions/src/api/dead-letter.ts'
import { AuthUsers } from '../functions/src/platform/auth-users.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { caller } from './audit.ts'
import { print, UsageError, type Command } from './command.ts'

export const grant: Command = {
  help: `  grant EMAIL                    makes the account with this e-mail address an admin’s: it may open /admin/, read everything, and do what that page
                                 offers. Not a customer’s account, nor one whose address was never confirmed
`,
  changes: () => true,
  async run(args, { project }) {
    const email = emailIn('grant', args)
    await using store = new FirestoreStore()
    const { uid } = await grantAdmin({ accounts: new AuthUsers(), store }, email, await caller(project))
    print(`${email} (${uid}) is an admin; whoever is signed in by it now has to sign out and in again`)
    return 0
  },
}

export const revoke: Command = {
  help: `  revoke EMAIL                   ends that: in Firestore and on the page at once, in Storage within the hour (once its token ends)
`,
  changes: () => true,
  async run(args) {
    const email = emailIn('revoke', args)
    await using store = new FirestoreStore()
    const were = await revokeAdmin({ accounts: new AuthUsers(), store }, email)
    print(
      were.length === 0
        ? `${email} was no admin`
        : `${email} (${were.join(', ')}) is no admin any more; what it may still read in Storage ends within the hour`,
    )
    return 0
  },
}

export const admins: Command = {
  help: `  admins                         shows who is an admin, and where a grant or a revocation was broken off
    --json                       as one line of JSON
`,
  async run(args, { json }) {
    if (args.length > 0) throw new UsageError(`admins ${args.join(' ')}: expected options alone`)
    await using store = new FirestoreStore()
    const deps: AdminsDeps = { accounts: new AuthUsers(), store }
    const known = await listAdmins(deps)
    const half = await halfAdmins(deps)
    if (json) {
      print(JSON.stringify({ admins: known, claimAlone: half }))
      return 0
    }
    for (const { uid, email, grantedBy, grantedAt } of known) {
      print(printable(`${email ?? ''} (${uid})  since ${grantedAt.toString()}  by ${grantedBy}`))
    }
    for (const uid of half) {
      print(`${uid} has the claim and no document: it reads Storage and nothing else. Grant it once more, or revoke it`)
    }
    if (known.length + half.length === 0) print('nobody is an admin')
    return 0
  },
}

function emailIn(command: string, [email, ...more]: readonly string[]): string {
  if (email === undefined || more.length > 0 || !/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw new UsageError(`${command} ${[email, ...more].join(' ')}: expected one e-mail address`)
  }
  return email
}
