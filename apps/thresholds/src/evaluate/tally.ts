import { buckets, type Dimension, mapDimensions, type PerDimension, wilson } from "@chaussettes/domain"
import type { Rule } from "./rules.ts"

export interface Share {
  readonly panes: number
  readonly alerts: number
}

export const shareOf = ({ panes, alerts }: Share): number => (panes === 0 ? 0 : alerts / panes)

/** With 99 %. */
export const intervalOf = ({ panes, alerts }: Share) => wilson(alerts, panes, 2.576)

const bucketOf = (requests: number): number => {
  for (let b = 0; b < buckets.length; b++) if (requests <= buckets[b]!.to) return b
  return buckets.length - 1
}

/** Counts how many panes alert by one rule, by dimension and number of requests. */
export class Tally {
  readonly rule: Rule
  readonly #panes: PerDimension<Float64Array> = mapDimensions(() => new Float64Array(buckets.length))
  readonly #alerts: PerDimension<Float64Array> = mapDimensions(() => new Float64Array(buckets.length))

  constructor(rule: Rule) {
    this.rule = rule
  }

  add(dimension: Dimension, requests: number, errors: number): void {
    const bucket = bucketOf(requests)
    this.#panes[dimension][bucket]!++
    if (errors >= this.rule.least[dimension](requests)) this.#alerts[dimension][bucket]!++
  }

  byBucket(dimension: Dimension): ReadonlyArray<Share & { readonly bucket: string }> {
    return buckets.map(({ name }, b) => ({
      bucket: name,
      panes: this.#panes[dimension][b]!,
      alerts: this.#alerts[dimension][b]!
    }))
  }

  overall(): PerDimension<Share> {
    return mapDimensions((d) =>
      this.byBucket(d).reduce((sum, s) => ({ panes: sum.panes + s.panes, alerts: sum.alerts + s.alerts }), {
        panes: 0,
        alerts: 0
      })
    )
  }
}
