/** Drawn in the colour of the text; what they mean is said by what they are in. */
const PATHS = {
  pause: 'M8 5v14M16 5v14',
  resume: 'M8 5l11 7-11 7z',
  close: 'M6 6l12 12M18 6L6 18',
  again: 'M20 5v5h-5M19.5 10A8 8 0 1 0 20 14',
  upload: 'M12 16V4M6.5 9.5L12 4l5.5 5.5M4 16v2.5A1.5 1.5 0 0 0 5.5 20h13a1.5 1.5 0 0 0 1.5-1.5V16',
  folder:
    'M3 7.5A1.5 1.5 0 0 1 4.5 6H9l2.5 2.5h8A1.5 1.5 0 0 1 21 10v7.5a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5z',
  camera:
    'M3 9a1.5 1.5 0 0 1 1.5-1.5H8L9.5 5h5L16 7.5h3.5A1.5 1.5 0 0 1 21 9v8.5a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5zM15.5 13a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0z',
} as const

export const Icon = ({ name }: { readonly name: keyof typeof PATHS }) => (
  <svg className="drawn" viewBox="0 0 24 24" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
)
