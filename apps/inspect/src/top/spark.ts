import type { CourseWindow, Shown } from "./shown.ts"

const glyphs = "▁▂▃▄▅▆▇█"

/** A bar a value, from 0 to `most`: what is not known stays empty, and no value that is not 0 looks like it. */
export const spark = (values: ReadonlyArray<number | null>, most: number): string =>
  values
    .map((value) => {
      if (value === null) return " "
      if (value === 0 || most <= 0) return glyphs[0]!
      return glyphs[1 + Math.min(6, Math.floor((value / most) * 7))]!
    })
    .join("")

/** One column of the course: some windows after one another. */
export interface Column {
  readonly requests: number
  readonly errors: number
  readonly windows: number
  readonly isBreach: boolean
}

const spanMs = 3_600_000

/**
 * The last hour in at most so many columns, the newest one last; a column is a whole number of windows. Where there are only minutes of windows
 * they are not spread over an hour.
 */
export const columnsOf = (
  { course, windowMs }: Pick<Shown, "course" | "windowMs">,
  most: number
): ReadonlyArray<Column> => {
  const last = course.at(-1)
  if (last === undefined || windowMs <= 0 || most < 1) return []
  const endMs = last.startMs + windowMs
  const knownMs = Math.min(spanMs, endMs - course[0]!.startMs)
  const columnMs = Math.ceil(knownMs / most / windowMs) * windowMs
  const count = Math.min(most, Math.ceil(knownMs / columnMs))
  const columns = Array.from({ length: count }, () => ({ requests: 0, errors: 0, windows: 0, isBreach: false }))
  const add = ({ startMs, requests, errors, isBreach }: CourseWindow) => {
    const column = columns[count - Math.ceil((endMs - startMs) / columnMs)]
    if (column === undefined) return
    column.requests += requests
    column.errors += errors
    column.windows++
    column.isBreach ||= isBreach
  }
  for (const window of course) add(window)
  return columns
}
