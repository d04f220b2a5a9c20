import { type ReactNode, useId } from 'react'
import { useWords } from './words.ts'
import './table.css'

export interface Column<Row> {
  readonly key: string
  readonly title: string
  /** Set to the right, with digits of one width. */
  readonly numeric?: boolean
  readonly cell: (row: Row) => ReactNode
  /** What a file has in place of the cell: no units, no grouping. Without it the cell itself, which then is a text or a number. */
  readonly text?: (row: Row) => string | number
  readonly sortable?: boolean
}

export interface Sort {
  readonly key: string
  readonly descending: boolean
}

export interface Selection<Row> {
  /** By {@link Props.rowKey}; may hold rows that are not shown. */
  readonly selected: ReadonlySet<string>
  readonly onChange: (selected: ReadonlySet<string>) => void
  /** The name of a row's box, for those who can't see what it stands beside. */
  readonly label: (row: Row) => string
}

interface Props<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  /** How the rows are sorted, which is the caller's work. */
  readonly sort?: Sort
  readonly onSort?: (key: string) => void
  readonly selection?: Selection<Row>
  /** In place of rows. */
  readonly empty?: string
}

/** A table in a region of its own, so that on a narrow screen it scrolls and not the page. */
export function Table<Row>({ caption, columns, rows, rowKey, sort, onSort, selection, empty }: Props<Row>) {
  const id = useId()
  const { none } = useWords()
  return (
    // A region that scrolls has to be reachable by keyboard.
    <div className="table" role="region" aria-labelledby={id} tabIndex={0}>
      <table>
        <caption id={id} className="visually-hidden">
          {caption}
        </caption>
        <thead>
          <tr>
            {selection !== undefined && (
              <th scope="col" className="pick">
                <PickAll keys={rows.map(rowKey)} selection={selection} />
              </th>
            )}
            {columns.map((column) => (
              <Heading key={column.key} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {selection !== undefined && (
                <td className="pick">
                  <Pick name={selection.label(row)} of={rowKey(row)} selection={selection} />
                </td>
              )}
              {columns.map(({ key, numeric, cell }) => (
                <td key={key} className={numeric === true ? 'numeric' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {rows.length === 0 && (
            <tr>
              <td colSpan={columns.length + (selection === undefined ? 0 : 1)} className="quiet">
                {empty ?? none}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  )
}

interface HeadingProps<Row> {
  readonly column: Column<Row>
  readonly sort: Sort | undefined
  readonly onSort: ((key: string) => void) | undefined
}

function Heading<Row>({ column: { key, title, numeric, sortable }, sort, onSort }: HeadingProps<Row>) {
  const className = numeric === true ? 'numeric' : undefined
  if (sortable !== true || onSort === undefined) {
    return (
      <th scope="col" className={className}>
        {title}
      </th>
    )
  }
  const sorted = sort?.key === key ? (sort.descending ? 'descending' : 'ascending') : undefined
  return (
    <th scope="col" className={className} aria-sort={sorted}>
      <button type="button" onClick={() => onSort(key)}>
        {title}
        <span aria-hidden="true">{sorted === undefined ? '↕' : sorted === 'descending' ? '↓' : '↑'}</span>
      </button>
    </th>
  )
}

/** `selected` with these keys in or out. */
const having = (selected: ReadonlySet<string>, keys: readonly string[], on: boolean) => {
  const changed = new Set(selected)
  for (const key of keys) {
    if (on) changed.add(key)
    else changed.delete(key)
  }
  return changed
}

interface PickProps<Row> {
  readonly name: string
  readonly of: string
  readonly selection: Selection<Row>
}

const Pick = <Row,>({ name, of, selection: { selected, onChange } }: PickProps<Row>) => (
  <input
    type="checkbox"
    aria-label={name}
    checked={selected.has(of)}
    onChange={({ target }) => onChange(having(selected, [of], target.checked))}
  />
)

interface PickAllProps<Row> {
  readonly keys: readonly string[]
  readonly selection: Selection<Row>
}

function PickAll<Row>({ keys, selection: { selected, onChange } }: PickAllProps<Row>) {
  const { allRows } = useWords()
  const picked = keys.filter((key) => selected.has(key)).length
  return (
    <input
      type="checkbox"
      aria-label={allRows}
      disabled={keys.length === 0}
      checked={picked > 0 && picked === keys.length}
      ref={(box) => {
        if (box !== null) box.indeterminate = picked > 0 && picked < keys.length
      }}
      onChange={({ target }) => onChange(having(selected, keys, target.checked))}
    />
  )
}
