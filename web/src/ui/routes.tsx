/** The customer's pages by their addresses. firebase.json hands each of them to index.html. */
import { type ComponentType, lazy } from 'react'
import type { Accounts } from '../firebase/accounts.ts'
import type { Session } from '../firebase/session.ts'
import type { Backend } from '../backend.ts'
import type { Texts } from '../texts/texts.ts'
import { UploadPage } from '../upload/page.tsx'
import type { Uploads } from '../upload/uploads.ts'

export interface PageProps {
  readonly session: Session
  readonly accounts: Accounts
  readonly backend: Backend
  /** As long as somebody is signed in, whichever page is shown. */
  readonly uploads: Uploads
}

interface Route {
  readonly path: string
  /** In the navigation this is where it belongs. */
  readonly section: keyof Texts['common']['pages']
  readonly Page: ComponentType<PageProps & { readonly imageId: string }>
}

const page = <Name extends string>(
  load: () => Promise<Readonly<Record<Name, ComponentType<PageProps & { readonly imageId: string }>>>>,
  name: Name,
) => lazy(async () => ({ default: (await load())[name] }))

/** The first comes with what is around it; each other is a file of its own, with what only it needs. */
export const ROUTES: readonly Route[] = [
  { path: '/', section: 'upload', Page: UploadPage },
  { path: '/images', section: 'images', Page: page(() => import('../gallery/page.tsx'), 'ImagesPage') },
  { path: '/images/:id', section: 'images', Page: page(() => import('../image/page.tsx'), 'ImagePage') },
  { path: '/figures', section: 'figures', Page: page(() => import('../figures/page.tsx'), 'FiguresPage') },
  { path: '/account', section: 'account', Page: page(() => import('../account/page.tsx'), 'AccountPage') },
]
