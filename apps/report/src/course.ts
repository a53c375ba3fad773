import type { CourseSlot, ReportContents } from "@chaussettes/domain"
import { dayIn, hourIn, type Zone } from "./zone.ts"

const minuteMs = 60_000
const dayMs = 86_400_000
const widthsMs = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 10_080].map((minutes) => minutes * minuteMs)
/** Bars of a chart. */
const mostBars = 120

export interface Bar extends Omit<CourseSlot, "startMs"> {
  readonly startMs: number
}

export interface Bars {
  readonly widthMs: number
  readonly bars: ReadonlyArray<Bar>
}

type Counts = { -readonly [K in keyof CourseSlot]: CourseSlot[K] }

const nothing = (startMs: number): Counts => ({
  startMs,
  requests: 0,
  clientErrors: 0,
  serverErrors: 0,
  bytes: 0,
  bots: 0
})

const add = (to: Counts, slot: CourseSlot): void => {
  to.requests += slot.requests
  to.clientErrors += slot.clientErrors
  to.serverErrors += slot.serverErrors
  to.bytes += slot.bytes
  to.bots += slot.bots
}

/** The course as bars, cut at local hours, days and weeks, empty ones among them. */
export const barsOf = ({ slots, slotMs }: ReportContents["course"], zone: Zone): Bars => {
  const [first, last] = [slots[0], slots.at(-1)]
  if (first === undefined || last === undefined) return { widthMs: slotMs, bars: [] }
  const spanMs = last.startMs + slotMs - first.startMs
  let widthMs = widthsMs.find((ms) => ms >= slotMs && spanMs / ms <= mostBars) ?? widthsMs.at(-1)!
  while (spanMs / widthMs > mostBars) widthMs *= 2
  // Weeks begin on a Monday, and the epoch did on a Thursday.
  const shiftMs = widthMs > dayMs ? 3 * dayMs : 0
  const placeOf = (ms: number) => Math.floor((ms + zone.offsetMs(ms) + shiftMs) / widthMs)
  const [from, to] = [placeOf(first.startMs), placeOf(last.startMs)]
  const startOf = (place: number) => {
    const local = place * widthMs - shiftMs
    // Near enough for a label, also where the clock is changed.
    return local - zone.offsetMs(local - zone.offsetMs(local))
  }
  const bars = Array.from({ length: to - from + 1 }, (_, i) => nothing(startOf(from + i)))
  for (const slot of slots) add(bars[placeOf(slot.startMs) - from]!, slot)
  return { widthMs, bars }
}

const stepsMs = [5, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 20_160, 40_320].map((n) => n * minuteMs)
/** So many labels have room below a chart on a phone. */
const mostTicks = 8

/** The bars that a label stands under: those with which a local hour, day or week begins. */
export const ticksOf = ({ bars, widthMs }: Bars, zone: Zone): { stepMs: number; places: ReadonlyArray<number> } => {
  const shownMs = bars.length * widthMs
  let stepMs = stepsMs.find((ms) => ms >= widthMs && shownMs / ms <= mostTicks) ?? stepsMs.at(-1)!
  while (shownMs / stepMs > mostTicks) stepMs *= 2
  const shiftMs = stepMs > 2 * dayMs ? 3 * dayMs : 0
  const stepOf = ({ startMs }: Bar) => Math.floor((startMs + zone.offsetMs(startMs) + shiftMs) / stepMs)
  const isFirst = (bar: Bar) => (bar.startMs + zone.offsetMs(bar.startMs) + shiftMs) % stepMs === 0
  const places = bars.flatMap((bar, i) => ((i === 0 ? isFirst(bar) : stepOf(bar) !== stepOf(bars[i - 1]!)) ? [i] : []))
  return { stepMs, places: places.length === 0 ? [0] : places }
}

export interface Day extends Bar {
  readonly day: number
  readonly visitors: number
}

/** Local days with a request, in their order. */
export const daysOf = ({ course, visitors }: ReportContents, zone: Zone): ReadonlyArray<Day> => {
  const days = new Map<number, Counts & { readonly day: number; readonly visitors: number }>()
  const visited = new Map(visitors.days.map(({ day, visitors }) => [day, visitors]))
  for (const slot of course.slots) {
    const day = dayIn(zone, slot.startMs)
    let counts = days.get(day)
    if (counts === undefined) {
      counts = { ...nothing(slot.startMs), day, visitors: visited.get(day) ?? 0 }
      days.set(day, counts)
    }
    add(counts, slot)
  }
  return [...days.values()].sort((a, b) => a.day - b.day)
}

/** Requests by weekday, from Monday, and hour. */
export const weekOf = ({ course }: ReportContents, zone: Zone): ReadonlyArray<ReadonlyArray<number>> => {
  const week = Array.from({ length: 7 }, () => new Array<number>(24).fill(0))
  for (const { startMs, requests } of course.slots) {
    const { weekday, hour } = hourIn(zone, startMs)
    week[weekday]![hour]! += requests
  }
  return week
}
