/** Errors over time: of a series, or of what was counted from the lines. */
export interface Course {
  readonly bucketMs: number
  readonly startMs: ReadonlyArray<number>
  readonly total: ReadonlyArray<number>
  readonly errors: ReadonlyArray<number>
  readonly clientErrors: ReadonlyArray<number>
  readonly serverErrors: ReadonlyArray<number>
}

export const classes = ["errors", "4xx", "5xx"] as const
export type ErrorClass = (typeof classes)[number]

export const isErrorClass = (text: string | null): text is ErrorClass => classes.some((name) => name === text)

const columnOf = { errors: "errors", "4xx": "clientErrors", "5xx": "serverErrors" } as const

/** The errors of a class, of whatever tells them. */
export const errorsOf = <A>(
  of: { readonly errors: A; readonly clientErrors: A; readonly serverErrors: A },
  wanted: ErrorClass
): A => of[columnOf[wanted]]

/** Requests, and errors of a class, of all buckets together. */
export const sumOf = (course: Course, wanted: ErrorClass) => {
  const sum = (column: ReadonlyArray<number>) => column.reduce((a, b) => a + b, 0)
  return { total: sum(course.total), errors: sum(errorsOf(course, wanted)) }
}

export interface Shifted {
  readonly course: Course | undefined
  /** By so much earlier: it is put where it would be now. */
  readonly byMs: number
}

type Column = Array<number | null>

/**
 * The rates of several courses over the same time: seconds, and a column for each. Where none has a bucket an empty point breaks the lines.
 */
export const rateColumns = (
  shifted: ReadonlyArray<Shifted>,
  wanted: ErrorClass
): { readonly x: Array<number>; readonly rates: ReadonlyArray<Column> } => {
  const bucketMs = shifted.reduce((most, { course }) => Math.max(most, course?.bucketMs ?? 0), 0)
  const rateAt = shifted.map(({ course, byMs }) => {
    const rates = new Map<number, number | null>()
    if (course === undefined) return rates
    const errors = errorsOf(course, wanted)
    for (const [i, startMs] of course.startMs.entries()) {
      rates.set(startMs + byMs, course.total[i] === 0 ? null : errors[i]! / course.total[i]!)
    }
    return rates
  })
  const starts = [...new Set(rateAt.flatMap((rates) => [...rates.keys()]))].sort((a, b) => a - b)
  const x: Array<number> = []
  const columns = shifted.map((): Column => [])
  const point = (ms: number, rate: (k: number) => number | null) => {
    x.push(ms / 1000)
    for (const [k, column] of columns.entries()) column.push(rate(k))
  }
  for (const [i, startMs] of starts.entries()) {
    const before = starts[i - 1]
    if (before !== undefined && startMs - before > bucketMs * 1.5) point(before + bucketMs * 1.5, () => null)
    point(startMs + bucketMs / 2, (k) => rateAt[k]!.get(startMs) ?? null)
  }
  return { x, rates: columns }
}
