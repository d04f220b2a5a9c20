import { createRequire } from 'node:module'

/** sharp is installed for the functions alone (functions/ is a package of its own): the demo borrows it from there. */
export const sharp = createRequire(new URL('../functions/package.json', import.meta.url))(
  'sharp',
) as (typeof import('../functions/node_modules/sharp/dist/index.mjs'))['default']
