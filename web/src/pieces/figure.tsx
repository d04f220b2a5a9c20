import type { ReactNode } from 'react'
import './figure.css'

interface Props {
  readonly label: string
  /** Null: not known yet; its place is kept. */
  readonly value: string | null
  /** Such as the change against the period before. */
  readonly note?: ReactNode
}

/** One figure; several stand in a `<dl className="figures">`. */
export const Figure = ({ label, value, note }: Props) => (
  <div className="figure">
    <dt>{label}</dt>
    <dd className="value">{value ?? <span aria-hidden="true">–</span>}</dd>
    <dd className="quiet">{note ?? '\u00A0'}</dd>
  </div>
)
