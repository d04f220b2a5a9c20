import { Component, type ReactNode } from 'react'

interface Props {
  readonly children: ReactNode
  readonly instead: (error: Error) => ReactNode
}

interface State {
  readonly error: Error | null
}

/** In place of a page that failed, so that the others can still be reached: with another `key` it is another try. React knows no other way than a class. */
export class Boundary extends Component<Props, State> {
  override state: State = { error: null }

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render() {
    const { error } = this.state
    return error === null ? this.props.children : this.props.instead(error)
  }
}
