import type { Decision } from "@chaussettes/domain"

/** Classes of statuses, as a closed set; `other` are lines without an answer and numbers that no server should send. */
export const responseClasses = ["1xx", "2xx", "3xx", "4xx", "5xx", "other"] as const

/** Lines by the class of their status, in the order of the classes. */
export type Responses = ReadonlyArray<number>

/**
 * The lines of windows that are decided for the first time, by class. A revision tells a window's counts as they are by then and not what was added:
 * what came late is not among them, nor what a detector before this one has counted.
 */
export const responsesOf = (decisions: ReadonlyArray<Pick<Decision, "record" | "recordSeq">>): Responses => {
  const counts = responseClasses.map(() => 0)
  for (const { record, recordSeq } of decisions) {
    if (recordSeq !== undefined || record.revision !== undefined) continue
    const pairs = record.statuses ?? []
    for (let i = 0; i < pairs.length; i += 2) {
      const hundreds = Math.floor(pairs[i]! / 100)
      const at = hundreds >= 1 && hundreds <= 5 ? hundreds - 1 : responseClasses.length - 1
      counts[at]! += pairs[i + 1]!
    }
  }
  return counts
}
