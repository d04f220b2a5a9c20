import { type ComponentType, lazy } from 'react'
import type { PageProps } from './page.ts'

interface Route {
  /** Below /admin. `:id` is given to the page as `customerId`. */
  readonly path: string
  readonly title: (id: string) => string
  /** Each page is a file of its own, with what only it needs. */
  readonly Page: ComponentType<PageProps & { readonly customerId: string }>
}

const page = <Name extends string>(
  load: () => Promise<Readonly<Record<Name, ComponentType<PageProps & { readonly customerId: string }>>>>,
  name: Name,
) => lazy(async () => ({ default: (await load())[name] }))

export const ROUTES: readonly Route[] = [
  { path: '/', title: () => 'Overview', Page: page(() => import('./overview/page.tsx'), 'OverviewPage') },
  { path: '/customers', title: () => 'Customers', Page: page(() => import('./customers/page.tsx'), 'CustomersPage') },
  {
    path: '/customers/:id',
    title: (id) => `${id} – Customers`,
    Page: page(() => import('./customers/customer-page.tsx'), 'CustomerPage'),
  },
  { path: '/failures', title: () => 'Failures', Page: page(() => import('./failures/page.tsx'), 'FailuresPage') },
  {
    path: '/letters',
    title: () => 'Dead letters',
    Page: page(() => import('./failures/letters-page.tsx'), 'LettersPage'),
  },
  { path: '/health', title: () => 'Health', Page: page(() => import('./health/page.tsx'), 'HealthPage') },
]

/** In the navigation, in this order. */
export const SECTIONS = ROUTES.filter(({ path }) => !path.includes(':'))
