/** Colours of charts: chart.css has them for both themes. Never alone: what is drawn has a pattern or a label as well. */
const COLOURS = 8

/** By the place of a series; after the last it begins again. */
export const colour = (place: number) => `var(--chart-${(place % COLOURS) + 1})`

/** Of what is grouped as "others". */
export const REST_COLOUR = 'var(--chart-rest)'
