import { type DetectionCounts, noCounts } from "@chaussettes/domain"
import type { FoldOutput } from "../fold/fold.ts"

/** Adds up what a run with an end did, over all its lives, and prints it. */
export const tally = () => {
  const startedMs = performance.now()
  let finished: DetectionCounts | undefined
  let current: DetectionCounts | undefined
  const total = (): DetectionCounts => sum(finished, current)
  return {
    add: ({ counts }: FoldOutput) => {
      if (current !== undefined && counts.lines < current.lines) finished = sum(finished, current)
      current = counts
    },
    print: (json: boolean) => {
      const seconds = Math.round(performance.now() - startedMs) / 1000
      const counts = total()
      if (json) process.stdout.write(`${JSON.stringify({ schema: "chaussettes.detection.v1", ...counts, seconds })}\n`)
      const parts = [
        `${counts.lines} lines`,
        `${counts.rejected} rejected`,
        `${counts.late} late`,
        `${counts.errors} errors`,
        `${counts.windows} windows`,
        ...(counts.revisions > 0
          ? [`${counts.revised} late lines were added to them in ${counts.revisions} revisions`]
          : []),
        `${counts.alerts} alerts`,
        ...(counts.gap > 0 ? [`${counts.gap} messages were deleted before they could be read`] : [])
      ]
      process.stderr.write(`${parts.join(", ")} in ${seconds} s\n`)
    }
  }
}

const sum = (a: DetectionCounts | undefined, b: DetectionCounts | undefined): DetectionCounts => {
  const total = noCounts()
  for (const name of Object.keys(total) as Array<keyof DetectionCounts>)
    total[name] = (a?.[name] ?? 0) + (b?.[name] ?? 0)
  return total
}
