/** By form and colour; the words beside it say what it means. */
export const Mark = ({ state }: { readonly state: 'agree' | 'differ' | 'open' }) => (
  <span className="mark" data-state={state} aria-hidden="true">
    {{ agree: '✓', differ: '✗', open: '…' }[state]}
  </span>
)
