import { leastErrors, type Threshold } from "../wire/threshold.ts"

/** What is said of one pane, i.e. one key in one window. */
export type Verdict = "breach" | "normal" | "too few"

/**
 * Judges a pane. `missed` is how many requests may have been forgotten for it (see `KeyTable`): a pane breaches only
 * if it would whatever those were, so that the limit of keys never makes a false alert.
 */
export const judge = (
  threshold: Threshold,
  leastRequests: number,
  total: number,
  errors: number,
  missed = 0
): Verdict => {
  if (total < leastRequests) return "too few"
  if (errors < leastErrors(threshold, total)) return "normal"
  return missed === 0 || errors >= leastErrors(threshold, total + missed) ? "breach" : "normal"
}
