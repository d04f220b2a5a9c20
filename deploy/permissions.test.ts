import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DEPLOYER_RIGHTS } from '../provision/iam-roles.ts'
import { DEPLOYED } from './command.ts'
import { DEPLOYER_PERMISSIONS, deployerPermissions, PROVISIONER_PERMISSIONS } from './permissions.ts'

const root = join(__dirname, '..')
const load = createRequire(join(root, 'package.json'))

it('asks for all that firebase-tools itself asks for, for what is deployed', () => {
  const { TARGET_PERMISSIONS } = load(join(root, 'node_modules/firebase-tools/lib/deploy/index.js')) as {
    readonly TARGET_PERMISSIONS: Readonly<Record<string, readonly string[]>>
  }
  const targets = DEPLOYED.flatMap(({ only }) => only.split(','))
  const asked = ['firebase.projects.get', ...targets.flatMap((target) => TARGET_PERMISSIONS[target] ?? ['unknown'])]
  expect(deployerPermissions(false)).toEqual(expect.arrayContaining(asked))
})

it('asks for something of each of the deployer’s roles, and of no other service than the role’s', () => {
  expect(Object.keys(DEPLOYER_PERMISSIONS).sort()).toEqual(DEPLOYER_RIGHTS.map(({ role }) => role).sort())
  const others: Readonly<Record<string, readonly string[]>> = {
    'roles/firebasehosting.admin': ['firebasehosting', 'firebase'],
    'roles/browser': ['resourcemanager'],
  }
  for (const [role, permissions] of Object.entries(DEPLOYER_PERMISSIONS)) {
    const service = /^roles\/(\w+)/.exec(role)?.[1] ?? ''
    expect(permissions.length).toBeGreaterThan(0)
    for (const permission of permissions)
      expect([role, others[role] ?? [service]]).toEqual([role, expect.arrayContaining([permission.split('.')[0]])])
  }
})

it('asks the deployer for nothing that only an owner needs', () => {
  expect(deployerPermissions(true).filter((each) => PROVISIONER_PERMISSIONS.some((one) => one === each))).toEqual([])
})
