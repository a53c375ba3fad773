import { amountOf, type Sketch } from "@chaussettes/domain"

export interface LatencyStep {
  readonly fromUs: number
  readonly toUs: number
  readonly requests: number
}

/** 1, 2, 5, 10, … up to more than a day. */
const bounds = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat()

/** Requests by how long they took, in steps of 1, 2 and 5; from the first one that any request is in to the last. */
export const latencySteps = ({ buckets }: Sketch): ReadonlyArray<LatencyStep> => {
  const counts = new Array<number>(bounds.length + 1).fill(0)
  for (let i = 0; i < buckets.length; i += 2) {
    const us = amountOf(buckets[i]!)
    const above = bounds.findIndex((bound) => us < bound)
    counts[above < 0 ? bounds.length : above]! += buckets[i + 1]!
  }
  const first = counts.findIndex((n) => n > 0)
  const last = counts.findLastIndex((n) => n > 0)
  return counts.slice(first, last + 1).map((requests, i) => ({
    fromUs: bounds[first + i - 1] ?? 0,
    toUs: bounds[first + i] ?? Number.POSITIVE_INFINITY,
    requests
  }))
}

export const quantiles = [50, 75, 90, 95, 99] as const
