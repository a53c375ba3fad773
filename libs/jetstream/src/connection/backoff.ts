import { Schedule } from "effect"

/** Pauses that double, up to a longest one. */
export const backoff = (firstMs: number, longestMs: number) =>
  Schedule.min([Schedule.exponential(firstMs), Schedule.spaced(longestMs)])
