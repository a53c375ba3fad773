/**
 * How the errors are spread, so that problem clients and problem URLs fail more often and the whole still fails as often
 * as was asked for.
 *
 * Clients and URLs are drawn independently and evenly. With a share u of problem clients and v of problem URLs, a line is a
 * *problem line* (it has one of either) with probability
 *
 *     q = 1 − (1 − u)(1 − v)
 *
 * A problem line fails with probability p₁, any other with p₀, where p₁ = L · p₀ (the lift L says how much worse the
 * problem lines are) and the whole fails at the rate e that was asked for:
 *
 *     q · p₁ + (1 − q) · p₀ = e   ⟹   p₀ = e / (1 + (L − 1) q),   p₁ = L · p₀
 *
 * Where that would make p₁ > 1, problem lines always fail and the others make up the rest: p₁ = 1, p₀ = (e − q) / (1 − q),
 * which is in [0, 1] because then e > 1/L + (1 − 1/L) q ≥ q.
 * With q = 0 or q = 1 there is nobody to compare with, and every line fails with probability e.
 */
export interface Mixture {
  /** Probability that a problem line is an error. */
  readonly problem: number
  /** Probability that any other line is an error. */
  readonly other: number
}

/** How many times as often as another line a problem line fails. */
const lift = 8

/** q above, from the shares of problem clients and URLs. */
export const problemShare = (clientShare: number, urlShare: number): number => 1 - (1 - clientShare) * (1 - urlShare)

/** @param errorRate e above, from 0 to 1 */
export const mixtureOf = (errorRate: number, problemShareOfLines: number): Mixture => {
  const q = problemShareOfLines
  if (q <= 0 || q >= 1) return { problem: errorRate, other: errorRate }
  const other = errorRate / (1 + (lift - 1) * q)
  if (lift * other <= 1) return { problem: lift * other, other }
  return { problem: 1, other: (errorRate - q) / (1 - q) }
}
