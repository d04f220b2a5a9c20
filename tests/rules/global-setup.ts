import { startStack, type Stack } from '../../stack/stack.ts'

const kept = globalThis as { rulesStack?: Stack }

/** The emulators that judge rules, once for all files: @firebase/rules-unit-testing finds them by the environment. */
export default async function globalSetup(): Promise<void> {
  const stack = await startStack({ parts: ['auth', 'firestore', 'storage'], log: () => {} })
  kept.rulesStack = stack
  process.env['FIRESTORE_EMULATOR_HOST'] = stack.firestoreHost
  process.env['FIREBASE_STORAGE_EMULATOR_HOST'] = new URL(stack.storageUrl).host
}

export const stopRulesStack = async () => kept.rulesStack?.stop()
