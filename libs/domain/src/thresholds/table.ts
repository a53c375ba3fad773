import { maxKnots, type Threshold, type ThresholdTable } from "../wire/threshold.ts"
import { fewestErrors } from "./attack.ts"
import { type BetaBinomial, UpperTail } from "./beta-binomial.ts"
import { bandOf, type Levels } from "./level.ts"
import { significant } from "./numerics.ts"

type Knot = readonly [requests: number, errors: number]

/** The table is exact to here; beyond it, numbers of requests a fiftieth apart are looked at. */
const exactRequests = 256

/** The numbers of requests at which the rule is computed. */
const supportOf = (least: number, most: number): ReadonlyArray<number> => {
  const at: Array<number> = []
  for (let n = least; n <= most; n = n < exactRequests ? n + 1 : Math.max(n + 1, Math.round(n * 1.02))) at.push(n)
  if (at[at.length - 1] !== most) at.push(most)
  return at
}

/** The least errors that breach at each of these numbers of requests: rising, since fewer requests never ask for more errors. */
const ruleOf = (model: BetaBinomial, levels: Levels, support: ReadonlyArray<number>): ReadonlyArray<Knot> => {
  let least = fewestErrors
  return support.map((n) => {
    least = Math.max(least, new UpperTail(n, model).leastBelow(levels.byBand[bandOf(n)]!))
    return [n, least]
  })
}

/**
 * Knots for a rule, so that interpolation never asks for fewer errors than the rule and for at most `slack` (a share of the errors)
 * more. A step of the rule is one knot, at its end: between two knots that are one error apart all but the first ask for
 * the greater. Where the rule bends, straight lines between points of it would lie below: so knots lie half the slack above.
 */
const knotsOf = (rule: ReadonlyArray<Knot>, slack: number): ReadonlyArray<Knot> => {
  const raised = rule.map(([n, k]): Knot => [n, k + Math.floor((slack * k) / 2)])
  const knots: Array<Knot> = [raised[0]!]
  let from = 0
  while (from < rule.length - 1) {
    let to = from + 1
    for (let end = from + 2; end < rule.length && fits(rule, raised[from]!, raised[end]!, from, end, slack); end++)
      to = end
    knots.push(raised[to]!)
    from = to
  }
  return knots
}

const fits = (
  rule: ReadonlyArray<Knot>,
  [n0, k0]: Knot,
  [n1, k1]: Knot,
  from: number,
  to: number,
  slack: number
): boolean => {
  for (let i = from + 1; i < to; i++) {
    const [n, k] = rule[i]!
    const between = k0 + Math.ceil(((k1 - k0) * (n - n0)) / (n1 - n0))
    if (between < k || between > k + Math.floor(slack * k)) return false
  }
  return true
}

/**
 * The rule of a model and its levels as a threshold. `most` is the greatest number of requests that was seen; the table goes on to
 * eight times as many, and there its rate takes over. Where no number of errors is rare, nothing breaches: the threshold is 1.
 */
export const thresholdOf = (model: BetaBinomial, levels: Levels, leastRequests: number, most: number): Threshold => {
  const end = 2 ** Math.ceil(Math.log2(Math.min(2 ** 27, Math.max(1_000, 8 * most))))
  const rule = ruleOf(model, levels, supportOf(leastRequests, end))
  const possible = rule.filter(([n, k]) => k <= n)
  if (possible.length === 0) return 1
  let knots: ReadonlyArray<Knot> = []
  for (let slack = 0; knots.length === 0 || knots.length > maxKnots; slack = slack === 0 ? 0.005 : slack * 1.25) {
    knots = knotsOf(possible, slack)
  }
  const [requests, errors] = knots[knots.length - 1]!
  return { rate: Math.min(1, significant(errors / requests, 4)), least_errors: knots } satisfies ThresholdTable
}
