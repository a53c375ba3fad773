import { leastErrors, rateOf, type Severity, type Threshold } from "@chaussettes/domain"
import { isFew } from "@chaussettes/readmodel"
import type { Language } from "./figures.ts"
import { wordsOf } from "./words/index.ts"

/** `alerts above 10%`; of a table `alerts from 7% on, and at least 2 errors`: what the many requests of a busy window need, and the few of a quiet one. */
export const ruleText = (language: Language, threshold: Threshold): string => {
  const { rule } = wordsOf(language)
  if (rateOf(threshold) >= 1 && typeof threshold === "number") return rule.never
  return typeof threshold === "number"
    ? rule.above(threshold)
    : rule.from(threshold.rate, threshold.least_errors[0]![1])
}

/** Numbers of requests that a person can picture. */
const pictured = [5, 10, 100, 1_000]

/** `5 of 10 requests, 15 of 100, 90 of 1,000`: what a table asks for, where a rate alone would say too little; undefined for a plain rate. */
const examplesText = (language: Language, threshold: Threshold): string | undefined => {
  if (typeof threshold === "number") return undefined
  const known = pictured
    .map((requests) => [leastErrors(threshold, requests), requests] as const)
    .filter(([errors, requests]) => errors <= requests)
  return known.length === 0 ? undefined : wordsOf(language).rule.examples(known)
}

/** Both: `alerts from 7% on, and at least 2 errors (5 of 10 requests, 15 of 100)`. */
export const wholeRuleText = (language: Language, threshold: Threshold): string => {
  const examples = examplesText(language, threshold)
  return examples === undefined ? ruleText(language, threshold) : `${ruleText(language, threshold)} (${examples})`
}

/** `high`; of few requests it says so, since a rate of few says little. */
export const severityText = (language: Language, severity: Severity, requests: number): string => {
  const w = wordsOf(language)
  return severity === "HIGH" && isFew(requests) ? w.fewRequests(w.severities[severity]) : w.severities[severity]
}
