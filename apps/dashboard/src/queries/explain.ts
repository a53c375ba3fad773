import { dimensionOf, judge, type PaneLine, thresholdAt } from "@chaussettes/domain"
import { lineText } from "@chaussettes/presentation"
import { readExplanation } from "@chaussettes/readmodel/queries"
import { Effect } from "effect"
import type { ExplainResponse } from "../api/index.ts"
import { thresholdAsRate } from "../history/summary.ts"

export const defaultLines = 200
/** The page reads no further apart than this; the command line does. */
const maxMessages = 1_000_000

/** Errors are what one looks for: as many of them are kept as of the others. */
export class Kept {
  readonly #most: number
  readonly #lines: Array<PaneLine> = []
  #errors = 0
  #others = 0

  constructor(most: number) {
    this.#most = most
  }

  readonly add = (line: PaneLine): void => {
    const seen = line.error ? this.#errors++ : this.#others++
    if (seen < this.#most) this.#lines.push({ ...line, bytes: line.bytes.slice() })
  }

  get lines(): ReadonlyArray<PaneLine> {
    return this.#lines
  }
}

export const explanationOf = Effect.fn("explanationOf")(function* (id: string, query: { readonly lines?: number }) {
  const kept = new Kept(query.lines ?? defaultLines)
  const { alert, seq, leastErrors, closedBy, lines, course } = yield* readExplanation(
    id,
    { maxMessages, course: true },
    kept.add
  )
  const dimension = dimensionOf(alert.type)
  return {
    alert: { ...alert },
    seq,
    leastErrors,
    closedBy,
    lines: {
      ...lines,
      shown: kept.lines.map(({ bytes, ...line }) => ({ ...line, text: lineText(bytes) }))
    },
    course: {
      from: course.from,
      windows: course.windows.map(({ record, ...w }) => {
        const value = thresholdAt(record.seuils[dimension]!.value, w.startMs)
        const threshold = thresholdAsRate(value, w.total ?? 0)
        return {
          ...w,
          seuil: Number.isNaN(threshold) ? null : threshold,
          // What was raised stays raised, whatever has come late since.
          alerted:
            w.startMs === Date.parse(alert.window.start) ||
            (w.total !== null && judge(value, record.rules.least_requests[dimension]!, w.total, w.errors!) === "breach")
        }
      })
    }
  } satisfies ExplainResponse
})
