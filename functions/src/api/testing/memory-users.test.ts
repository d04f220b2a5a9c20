import { MemoryUsers } from './memory-users.ts'
import { usersConformance } from './users-conformance.ts'

describe('MemoryUsers', () => {
  usersConformance(async () => {
    const users = new MemoryUsers()
    return { users, add: async (uid, claims) => users.add(uid, claims) }
  })
})
