import { leastErrors, type Threshold } from "@chaussettes/domain"

/** Panes by their counts, as the what-if answer has them. */
type Counts = ReadonlyArray<readonly [requests: number, errors: number, panes: number]>

/** One square of the plot, in cells from the lower left corner, and the panes in it. */
interface Square {
  readonly column: number
  readonly row: number
  readonly panes: number
}

/** Squares across and up: as many as can be told apart, however many panes there are. */
export const [across, up] = [48, 24] as const

/** Where a number of requests lies across the plot, from 0 to 1: each tenfold takes the same room, since few requests and many both matter. */
const placeOf = (requests: number, most: number): number => (most <= 1 ? 0 : Math.log(requests) / Math.log(most))

const requestsAt = (place: number, most: number): number => Math.max(1, Math.round(most ** place))

/** The greatest number of requests of a pane; at least ten, so that a line has room. */
export const mostRequests = (counts: Counts): number =>
  counts.reduce((most, [requests]) => Math.max(most, requests), 10)

/** The panes as squares. Panes without errors are not among them: they never alert. */
export const squaresOf = (counts: Counts, most: number): ReadonlyArray<Square> => {
  const panes = new Map<number, number>()
  for (const [requests, errors, count] of counts) {
    const column = Math.min(across - 1, Math.floor(placeOf(requests, most) * across))
    const row = Math.min(up - 1, Math.floor((errors / requests) * up))
    const at = row * across + column
    panes.set(at, (panes.get(at) ?? 0) + count)
  }
  return Array.from(panes, ([at, count]) => ({ column: at % across, row: Math.floor(at / across), panes: count }))
}

/** The rate from which on a threshold alerts, at numbers of requests from the least that is judged to `most`; no point where none alerts. */
export const curveOf = (
  threshold: Threshold,
  least: number,
  most: number
): ReadonlyArray<{ readonly x: number; readonly rate: number }> => {
  const points: Array<{ x: number; rate: number }> = []
  for (let i = 0; i <= across * 2; i++) {
    const x = i / (across * 2)
    const requests = requestsAt(x, most)
    const errors = leastErrors(threshold, requests)
    if (requests >= least && errors <= requests) points.push({ x, rate: errors / requests })
  }
  return points
}
