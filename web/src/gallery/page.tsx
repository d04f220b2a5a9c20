import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { Button } from 'react-aria-components'
import { Link } from 'wouter'
import { useActions } from '../image/use-actions.tsx'
import { useNow } from '../image/use-now.ts'
import { useTexts } from '../ui/locale.tsx'
import { useNotices } from '../ui/notices.tsx'
import type { PageProps } from '../ui/routes.tsx'
import { useLasting } from '../ui/use-lasting.ts'
import { add, type Changes, NO_CHANGES } from './changes.ts'
import { FilterBar } from './filter-bar.tsx'
import { isFiltered, isSearch, type View } from './filters.ts'
import { Grid } from './grid.tsx'
import { keptList, type Kept } from './kept.ts'
import { thumbnailsOf } from './picture.tsx'
import { extended, NOTHING, remaining, type Selection, toggled } from './selection.ts'
import { SelectionBar } from './selection-bar.tsx'
import type { ListState } from './paging.ts'
import { useView } from './view.ts'
import './gallery.css'

/** How often "available until" is looked at. */
const MINUTE_MS = 60_000
/** Images end in a stream; a screen reader hears of them in sums. */
const TELL_MS = 3000
/** A connection that is back by then was not lost. */
const LASTING_MS = 2000

export function ImagesPage(props: PageProps) {
  const { session, accounts, backend, uploads } = props
  const { customerId } = session
  const { common } = useTexts()
  const [view, change] = useView()
  const kept = useMemo(
    () => keptList(uploads, backend.images, customerId, view),
    [uploads, backend.images, customerId, view],
  )
  const clear = useCallback(() => change({ state: '', format: '', source: '', from: '', to: '', name: '' }), [change])
  // Pictures of somebody who has signed out stay in no memory.
  useEffect(
    () =>
      accounts.watch(
        (now) => now?.customerId === customerId || thumbnailsOf(backend.images).clear(),
        () => {},
      ),
    [accounts, backend.images, customerId],
  )
  return (
    <div className="images-page">
      <h1 tabIndex={-1}>{common.pages.images}</h1>
      <FilterBar view={view} onChange={change} onClear={clear} />
      {/* A list of its own for each question: the old one is never shown as the answer to the new one. */}
      <List key={kept.query} {...props} view={view} kept={kept} onClear={clear} />
    </div>
  )
}

interface ListProps extends PageProps {
  readonly view: View
  readonly kept: Kept
  readonly onClear: () => void
}

function List({ session, backend, view, kept, onClear }: ListProps) {
  const { gallery, common } = useTexts()
  const { announce } = useNotices()
  const { list } = kept
  const state = useSyncExternalStore(list.subscribe, list.state)
  const { cards, read, ended, problem } = state
  const now = useNow(MINUTE_MS)
  const actions = useActions({ backend, session })
  const page = useRef<HTMLElement>(null)
  const [selection, setSelection] = useState<Selection>(NOTHING)
  const anchor = useRef<string | null>(null)
  const ids = useRef<readonly string[]>([])
  ids.current = useMemo(() => cards.map(({ imageId }) => imageId), [cards])

  const onChanges = useTold(useCallback((changes: Changes) => announce(gallery.happened(changes)), [announce, gallery]))
  useEffect(() => {
    list.start(onChanges)
    return () => list.stop()
  }, [list, onChanges])
  useCountTold(state, isFiltered(view) ? gallery.noMatch : gallery.noneYet)
  useEffect(() => setSelection((before) => remaining(before, ids.current)), [cards])

  const select = useCallback((imageId: string, extend: boolean) => {
    const from = anchor.current
    anchor.current = imageId
    setSelection((before) => (extend ? extended(before, ids.current, from, imageId) : toggled(before, imageId)))
  }, [])
  const selectAll = useCallback(() => {
    setSelection(new Set(ids.current))
    announce(gallery.selected(ids.current.length))
  }, [announce, gallery])
  const selectNone = useCallback(() => {
    setSelection(NOTHING)
    announce(gallery.selected(0))
  }, [announce, gallery])

  const chosen = useMemo(() => cards.filter(({ imageId }) => selection.has(imageId)), [cards, selection])
  const act = async (what: Promise<readonly string[] | void>, clears: boolean) => {
    const gone = await what
    if (gone !== undefined) list.drop(gone)
    if (clears) setSelection(NOTHING)
    // What had the focus may have gone with the selection.
    requestAnimationFrame(() => {
      if (document.activeElement !== document.body) return
      const next =
        page.current?.querySelector<HTMLElement>('.image-card a[tabindex="0"]') ??
        document.querySelector<HTMLElement>('main h1')
      next?.focus({ preventScroll: true })
    })
  }
  const escape = (event: KeyboardEvent) => {
    if (event.key === 'Escape') selectNone()
  }

  return (
    <section ref={page} className="images-list" aria-label={gallery.list} aria-busy={!read && problem === null}>
      <div className="images-head">
        <Count state={state} view={view} />
        {cards.length > 0 && <Button onPress={selectAll}>{gallery.selectAll(cards.length)}</Button>}
      </div>
      {problem !== null && (
        <p role="alert" className="problem images-problem">
          {problem === 'permission-denied' ? common.denied : common.cantShow(problem)}{' '}
          <Button onPress={() => list.restart()}>{common.tryAgain}</Button>
        </p>
      )}
      {cards.length > 0 && (
        <Grid
          kept={kept}
          state={state}
          images={backend.images}
          now={now}
          selection={selection}
          onSelect={select}
          onSelectAll={selectAll}
          onSelectNone={selectNone}
        />
      )}
      {cards.length === 0 && ended && problem === null && <Empty view={view} onClear={onClear} />}
      {cards.length > 0 && !ended && problem === null && <p className="quiet more">{common.loading}</p>}
      {chosen.length > 0 && (
        <div className="selection-place" onKeyDown={escape}>
          <SelectionBar
            cards={chosen}
            deleted={view.state === 'deleted'}
            onDownload={() => void act(actions.download(chosen), false)}
            onRetry={(failed) => void act(actions.retry(failed), true)}
            onRemove={() => void removed()}
            onRestore={() => void act(actions.restore(chosen), true)}
            onClear={() => void act(Promise.resolve(selectNone()), true)}
          />
        </div>
      )}
      {actions.parts}
    </section>
  )

  async function removed() {
    const gone = await actions.remove(chosen)
    // Those that were called off or refused stay selected.
    await act(Promise.resolve(gone), false)
  }
}

/** What is in the list, or why it is not known. */
function Count({ state, view }: { readonly state: ListState; readonly view: View }) {
  const { gallery, common } = useTexts()
  const { cards, read, ended, current, problem } = state
  const lost = useLasting(!current, LASTING_MS)
  const text = lost
    ? read
      ? gallery.lost
      : gallery.lostAtFirst
    : !read || (cards.length === 0 && !ended)
      ? problem === null
        ? common.loading
        : ''
      : gallery.count(cards.length, ended)
  return (
    <p className="quiet">
      {text}
      {view.name !== '' && !isSearch(view.name) && ` ${gallery.tooShort}`}
      {view.state === 'deleted' && cards.length > 0 && ` ${gallery.deletedHint}`}
    </p>
  )
}

/** That there is nothing yet is another matter than that nothing is like that. */
function Empty({ view, onClear }: { readonly view: View; readonly onClear: () => void }) {
  const { gallery, common } = useTexts()
  if (!isFiltered(view)) {
    return (
      <div className="images-empty">
        <h2>{gallery.noneYet}</h2>
        <p>{gallery.noneYetHint}</p>
        <Link className="button primary" href="/">
          {common.toUpload}
        </Link>
      </div>
    )
  }
  return (
    <div className="images-empty">
      <h2>{view.state === 'deleted' ? gallery.noneDeleted : gallery.noMatch}</h2>
      <p>{view.name === '' ? gallery.noMatchHint : gallery.noNameHint}</p>
      <Button onPress={onClear}>{gallery.clear}</Button>
    </div>
  )
}

/** Sums up what comes within some seconds, and then tells it. */
function useTold(tell: (changes: Changes) => void): (changes: Changes) => void {
  const latest = useRef(tell)
  latest.current = tell
  const waiting = useRef<{ sum: Changes; timer: ReturnType<typeof setTimeout> | null }>({
    sum: NO_CHANGES,
    timer: null,
  })
  useEffect(() => {
    const { current } = waiting
    return () => {
      if (current.timer !== null) clearTimeout(current.timer)
      current.timer = null
    }
  }, [])
  return useCallback((changes) => {
    const { current } = waiting
    current.sum = add(current.sum, changes)
    current.timer ??= setTimeout(() => {
      const { sum } = current
      current.sum = NO_CHANGES
      current.timer = null
      latest.current(sum)
    }, TELL_MS)
  }, [])
}

/** Tells how many were found, once they are known, for each question. */
function useCountTold({ cards, read, ended }: ListState, none: string): void {
  const { gallery } = useTexts()
  const { announce } = useNotices()
  // What somebody comes back to is known.
  const told = useRef(read)
  const known = read && (cards.length > 0 || ended)
  useEffect(() => {
    if (!known || told.current) return
    told.current = true
    announce(cards.length === 0 ? none : gallery.count(cards.length, ended))
  }, [known, cards.length, ended, none, announce, gallery])
}
