import { Arrival as AnyArrival } from '../pieces/arrival.tsx'

export const Arrival = ({ title }: { readonly title: string }) => <AnyArrival title={`${title} – Darkroom admin`} />
