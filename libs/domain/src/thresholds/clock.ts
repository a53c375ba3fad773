import type { Dimension } from "../dimension.ts"
import { type Hours, hoursApart, hoursOf, leastOfHour, mostOfHour, percentAt } from "../wire/hours.ts"
import { fitRobust, medianRate, type Row, rowsOf } from "./fit.ts"
import type { Part } from "./history.ts"
import type { Cell } from "./pane-counts.ts"
import type { Split } from "./split.ts"

/** Rows of more requests than this share the numbers between them. */
const coarseFrom = 16
/** An hour is told from others when it was there on so many days, and has so many errors to be expected on either half of them. */
const leastDays = 2
/** So many hours of a day have to be told, or those that are not would pass for the usual ones. */
const leastHours = 18
const leastErrorsOfHalf = 10
/** Hours nearer to each other than this are one: a table serves them all. */
const leastRange = 1.2
const stepPercent = 5

/** The cells of one hour on each day that has some, in the order of time; on parts that are longer than a day, of each of these. */
type Days = ReadonlyArray<ReadonlyArray<Cell>>

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** The day on which a part holds an hour; for a part of more than a day, the one on which it begins. */
const dayOf = ({ fromMs, toMs }: Part, hour: number): number => {
  const day = Math.floor(fromMs / dayMs)
  const isOver = (hour % 24) * hourMs + hourMs <= fromMs - day * dayMs
  return toMs - fromMs < dayMs && isOver ? day + 1 : day
}

const daysOf = (parts: ReadonlyArray<Part>, dimension: Dimension): ReadonlyArray<Days> => {
  const hours = Array.from({ length: hoursApart }, () => new Map<number, Array<Cell>>())
  for (const part of parts) {
    for (const { hour, cells } of part.hours) {
      const found = cells[dimension]
      if (found === undefined || found.length === 0) continue
      const day = dayOf(part, hour)
      const there = hours[hour]!.get(day)
      if (there === undefined) hours[hour]!.set(day, [...found])
      else for (const cell of found) there.push(cell)
    }
  }
  return hours.map((days) => [...days].sort((a, b) => a[0] - b[0]).map(([, cells]) => cells))
}

interface Measured {
  /** The logarithm of the rate in relation to all hours; of every other day, and of the days between. */
  readonly halves: readonly [number, number]
  readonly weight: number
}

/**
 * How the usual rate moves by the clock: of each hour the median rate of its panes, which attacks of less than half of them do not reach. It is believed
 * as far as every other day and the days between agree (what varies from day to day is no matter of the clock), and undefined where nothing is left.
 * @param parts those that are learnt from, without what is kept back for the check
 */
export const clockOf = (parts: ReadonlyArray<Part>, dimension: Dimension): Hours | undefined => {
  const days = daysOf(parts, dimension)
  const half = hoursApart / 2
  // A weekend too short to tell its hours takes them from all days.
  const isApart = days.slice(half).filter((of) => of.length >= leastDays).length >= leastHours
  const groups = isApart ? days : daysOf(parts.map(withoutWeekends), dimension).slice(0, half)
  if (groups.filter((of) => of.length >= leastDays).length < leastHours) return undefined
  const all = rowsOf(groups.flat(2), coarseFrom)
  const model = fitRobust(all)
  const measured = groups.map((of) => measure(of, model.rate, model.spread))
  const known = measured.filter((m) => m !== undefined)
  if (known.length < half / 2) return undefined
  const weights = known.reduce((sum, m) => sum + m.weight, 0)
  const mean = known.reduce((sum, m) => sum + (m.weight * (m.halves[0] + m.halves[1])) / 2, 0) / weights
  const weighted = (of: (m: Measured) => number) => known.reduce((sum, m) => sum + m.weight * of(m), 0) / weights
  const noise = weighted(({ halves: [a, b] }) => (a - b) ** 2 / 4)
  const total = weighted(({ halves: [a, b] }) => ((a + b) / 2 - mean) ** 2)
  const belief = total === 0 ? 0 : Math.max(0, 1 - noise / total)
  const percents = measured.map((m) => percentOf(m, mean, belief, noise))
  if (Math.max(...percents) < leastRange * Math.min(...percents)) return undefined
  return hoursOf(isApart ? percents : [...percents, ...percents])
}

/** A weekend's hours as those of any day. */
const withoutWeekends = (part: Part): Part => ({
  ...part,
  hours: part.hours.map((hour) => ({ ...hour, hour: hour.hour % (hoursApart / 2) }))
})

const percentOf = (m: Measured | undefined, mean: number, belief: number, noise: number): number => {
  if (m === undefined) return 100
  const [a, b] = [m.halves[0] - mean, m.halves[1] - mean]
  // Halves that disagree by far more than others do: what happened on some of the days is no habit.
  const log = (a - b) ** 2 > Math.max(36 * noise, Math.LN2 ** 2) ? Math.min(a, b) : (a + b) / 2
  const percent = Math.round((100 * Math.exp(belief * log)) / stepPercent) * stepPercent
  return Math.min(mostOfHour, Math.max(leastOfHour, percent))
}

const measure = (days: Days, rate: number, spread: number): Measured | undefined => {
  if (days.length < leastDays) return undefined
  const halves = [0, 1].map((half) => {
    const rows = rowsOf(days.filter((_, day) => day % 2 === half).flat(), coarseFrom)
    return { log: Math.log(medianRate(rows, spread) / rate), errors: rate * requestsOf(rows) }
  }) as [{ log: number; errors: number }, { log: number; errors: number }]
  const errors = Math.min(halves[0].errors, halves[1].errors)
  return errors < leastErrorsOfHalf ? undefined : { halves: [halves[0].log, halves[1].log], weight: errors }
}

const requestsOf = (rows: ReadonlyArray<Row>): number => rows.reduce((sum, row) => sum + row.requests * row.panes, 0)

/** A history as it is judged by the clock: panes of an hour with as many requests as they count for. */
export const byClock = (split: Split, dimension: Dimension, hours: Hours, least: number): Split => {
  const moved = (parts: ReadonlyArray<Part>): ReadonlyArray<Part> =>
    parts.map((part) => ({
      ...part,
      cells: { ...part.cells, [dimension]: movedOf(part, "cells") },
      worst: { ...part.worst, [dimension]: movedOf(part, "worst") },
      together: { ...part.together, [dimension]: movedOf(part, "together") }
    }))
  const movedOf = (part: Part, of: "cells" | "worst" | "together"): ReadonlyArray<Cell> =>
    part.hours.flatMap((hour) => {
      const percent = percentAt(hours, hour.hour)
      return (hour[of][dimension] ?? []).map(({ panes, requests, errors }) => {
        const each = Math.max(least, Math.ceil((requests * percent) / 100 / panes - 1e-9))
        return { panes, requests: each * panes, errors: Math.min(errors, each * panes) }
      })
    })
  return [moved(split[0]), moved(split[1]), moved(split[2])]
}
