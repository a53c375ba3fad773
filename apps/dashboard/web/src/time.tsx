import { rfc3339 } from "@chaussettes/domain"
import { locale } from "./language.ts"
import { nowMs } from "./live.ts"

const formats = {
  clock: new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  minute: new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }),
  day: new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit"
  }),
  year: new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit"
  })
}

const dayMs = 86_400_000

/** A time in the viewer's zone, no longer than it must be to be clear now. */
export const timeText = (ms: number): string => {
  const distance = Math.abs(nowMs.peek() - ms)
  const sameDay = new Date(ms).toDateString() === new Date(nowMs.peek()).toDateString()
  return (sameDay ? formats.clock : distance < 300 * dayMs ? formats.day : formats.year).format(ms)
}

export const utcText = (ms: number): string => rfc3339(Math.round(ms))

/** Shown in the viewer's zone; in UTC on hover. */
export const Time = ({ ms }: { readonly ms: number }) => (
  <time dateTime={utcText(ms)} title={`${utcText(ms)} (UTC)`}>
    {timeText(ms)}
  </time>
)

/** `10:05:00 – 10:05:10` */
export const TimeSpan = ({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }) => (
  <span class="nowrap" title={`${utcText(fromMs)} – ${utcText(toMs)} (UTC)`}>
    <time dateTime={utcText(fromMs)}>{timeText(fromMs)}</time>
    {" – "}
    <time dateTime={utcText(toMs)}>{formats.clock.format(toMs)}</time>
  </span>
)
