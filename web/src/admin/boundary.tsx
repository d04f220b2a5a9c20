import { Component, type ReactNode } from 'react'
import { Arrival } from './arrival.tsx'

interface Props {
  readonly children: ReactNode
}

interface State {
  readonly error: Error | null
}

/** In place of a page that failed, so that the others can still be reached. React knows no other way than a class. */
export class Boundary extends Component<Props, State> {
  override state: State = { error: null }

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render() {
    const { error } = this.state
    if (error === null) return this.props.children
    return (
      <>
        <h1>This page can’t be shown</h1>
        <p role="alert" className="problem">
          {error.message}
        </p>
        <p>
          Perhaps Darkroom has been updated since the page was opened.{' '}
          <button type="button" onClick={() => location.reload()}>
            Load it again
          </button>
        </p>
        <Arrival title="This page can’t be shown" />
      </>
    )
  }
}
