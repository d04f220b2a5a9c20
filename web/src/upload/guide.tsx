import { Link } from 'wouter'
import { useTexts } from '../ui/locale.tsx'

/** Where nothing is listed: what this is for. */
export function Guide() {
  const { guide } = useTexts().upload
  return (
    <section className="guide" aria-labelledby="guide">
      <h2 id="guide">{guide.title}</h2>
      <ol>
        {guide.steps.map(({ title, text }) => (
          <li key={title}>
            <h3>{title}</h3>
            <p>{text}</p>
          </li>
        ))}
      </ol>
      <ToImages />
    </section>
  )
}

export function ToImages() {
  const { guide } = useTexts().upload
  return (
    <p className="to-images">
      <Link href="/images">{guide.toImages}</Link>
    </p>
  )
}
