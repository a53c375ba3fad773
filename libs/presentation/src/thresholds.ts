import { leastErrors, rateOf, type Threshold } from "@chaussettes/domain"
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
export const examplesText = (language: Language, threshold: Threshold): string | undefined => {
  if (typeof threshold === "number") return undefined
  const known = pictured
    .map((requests) => [leastErrors(threshold, requests), requests] as const)
    .filter(([errors, requests]) => errors <= requests)
  return known.length === 0 ? undefined : wordsOf(language).rule.examples(known)
}
