import { rfc3339 } from "@chaussettes/domain"
import { inZone } from "./language.ts"
import { nowMs } from "./live.ts"

const formats = {
  clock: inZone({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  minute: inZone({ hour: "2-digit", minute: "2-digit" }),
  day: inZone({
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit"
  }),
  year: inZone({
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit"
  })
}

const dayMs = 86_400_000

const wholeDay = inZone({ day: "numeric", month: "numeric", year: "numeric" })
const isSameDay = (a: number, b: number): boolean => wholeDay.format(a) === wholeDay.format(b)

const dayText = (ms: number): string =>
  (Math.abs(nowMs.peek() - ms) < 300 * dayMs ? formats.day : formats.year).format(ms)

/** A time in the chosen zone, no longer than it must be to be clear now. */
export const timeText = (ms: number): string => (isSameDay(ms, nowMs.peek()) ? formats.clock.format(ms) : dayText(ms))

export const utcText = (ms: number): string => rfc3339(Math.round(ms))

/** Shown in the chosen zone; in UTC on hover. */
export const Time = ({ ms }: { readonly ms: number }) => (
  <time dateTime={utcText(ms)} title={`${utcText(ms)} (UTC)`}>
    {timeText(ms)}
  </time>
)

/** `10:05:00 – 10:05:10`; with the days where they are two. */
export const TimeSpan = ({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }) => {
  const [from, to] = isSameDay(fromMs, toMs)
    ? [timeText(fromMs), formats.clock.format(toMs)]
    : [dayText(fromMs), dayText(toMs)]
  return (
    <span class="nowrap" title={`${utcText(fromMs)} – ${utcText(toMs)} (UTC)`}>
      <time dateTime={utcText(fromMs)}>{from}</time>
      {" – "}
      <time dateTime={utcText(toMs)}>{to}</time>
    </span>
  )
}

const zoned = inZone({
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23"
})

/** What the clock of the chosen zone shows, as if it were UTC. */
const wallMs = (ms: number): number => {
  const part = Object.fromEntries(zoned.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  return Date.UTC(part.year!, part.month! - 1, part.day, part.hour, part.minute, part.second)
}

/** `2026-11-29T02:00` in the chosen zone; undefined for what is no time. Of an hour that a zone has twice the first one. */
export const zonedMs = (text: string): number | undefined => {
  const wall = Date.parse(`${text}Z`)
  if (Number.isNaN(wall)) return undefined
  const guess = wall - (wallMs(wall) - wall)
  return guess - (wallMs(guess) - wall)
}
