import { visible } from './visible.ts'

/** Text from outside, as text and nothing else. */
export const Outside = ({ text }: { readonly text: string }) => <bdi className="name">{visible(text)}</bdi>
