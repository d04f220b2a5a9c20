import { Figure } from '../pieces/figure.tsx'
import { bytes, number, percent } from '../pieces/format.ts'
import type { Shown } from '../pieces/series.ts'
import { formatsIn, type Sums, sumsOf } from '../pieces/sums.ts'
import { useLocale } from '../ui/locale.tsx'

/** What a period adds up to. Null: not known yet. */
export function Totals({ shown }: { readonly shown: Shown | null }) {
  const { texts, locale } = useLocale()
  const { figures } = texts
  const sums = shown && sumsOf(shown.days, shown.filter)
  const figure = (label: string, value: (sums: Sums) => string, note: (sums: Sums) => string) => (
    // An average of nothing is none.
    <Figure label={label} value={sums && value(sums)} note={sums === null || sums.images === 0 ? null : note(sums)} />
  )
  const share = (images: number, all: number) => figures.ofAll(percent(images / all, locale))
  const perImage = (size: number, images: number) => figures.perImage(bytes(Math.round(size / images), locale))
  return (
    <dl className="figures">
      {figure(
        figures.images,
        ({ images }) => number(images, locale),
        () => figures.types(formatsIn(shown?.days ?? []).length),
      )}
      {figure(
        figures.processed,
        ({ processed }) => number(processed, locale),
        ({ processed, images }) => share(processed, images),
      )}
      {figure(
        figures.failed,
        ({ failed }) => number(failed, locale),
        ({ failed, images }) => share(failed, images),
      )}
      {figure(
        figures.bytesIn,
        ({ bytesIn }) => bytes(bytesIn, locale),
        ({ bytesIn, images }) => perImage(bytesIn, images),
      )}
      {figure(
        figures.bytesOut,
        ({ bytesOut }) => bytes(bytesOut, locale),
        ({ bytesOut, processed }) => (processed === 0 ? '' : perImage(bytesOut, processed)),
      )}
      {figure(
        figures.megapixels,
        ({ pixels }) => number(pixels < 1e8 ? pixels / 1e6 : Math.round(pixels / 1e6), locale),
        () => '',
      )}
    </dl>
  )
}
