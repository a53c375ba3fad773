import { buckets, type DefaultDimension, mapDimensions, type PerDimension, wilson } from "@chaussettes/domain"
import type { Rule } from "./rules.ts"

export interface Share {
  readonly panes: number
  readonly alerts: number
  /** Panes that would alert if one error fewer were enough: the next step that the table could take. */
  readonly oneFewer: number
}

export const shareOf = ({ panes, alerts }: Share): number => (panes === 0 ? 0 : alerts / panes)
export const nextStepOf = ({ panes, oneFewer }: Share): number => (panes === 0 ? 0 : oneFewer / panes)

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
  readonly #oneFewer: PerDimension<Float64Array> = mapDimensions(() => new Float64Array(buckets.length))

  constructor(rule: Rule) {
    this.rule = rule
  }

  add(dimension: DefaultDimension, requests: number, errors: number): void {
    const bucket = bucketOf(requests)
    this.#panes[dimension][bucket]!++
    const least = this.rule.least[dimension](requests)
    if (errors >= least) this.#alerts[dimension][bucket]!++
    if (errors >= least - 1) this.#oneFewer[dimension][bucket]!++
  }

  byBucket(dimension: DefaultDimension): ReadonlyArray<Share & { readonly bucket: string }> {
    return buckets.map(({ name }, b) => ({
      bucket: name,
      panes: this.#panes[dimension][b]!,
      alerts: this.#alerts[dimension][b]!,
      oneFewer: this.#oneFewer[dimension][b]!
    }))
  }

  overall(): PerDimension<Share> {
    const none: Share = { panes: 0, alerts: 0, oneFewer: 0 }
    const together = (a: Share, b: Share): Share => ({
      panes: a.panes + b.panes,
      alerts: a.alerts + b.alerts,
      oneFewer: a.oneFewer + b.oneFewer
    })
    return mapDimensions((d) => this.byBucket(d).reduce(together, none))
  }
}
