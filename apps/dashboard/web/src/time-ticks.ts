import uPlot from "uplot"
import { inZone, zone } from "./language.ts"

const forms = {
  hour: inZone({ hour: "2-digit", minute: "2-digit" }),
  second: inZone({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  day: inZone({ day: "numeric", month: "short" }),
  month: inZone({ month: "short", year: "numeric" })
}

/** Where whole hours, days and months begin on an axis. */
export const tzDate = (seconds: number): Date =>
  zone === undefined ? new Date(seconds * 1000) : uPlot.tzDate(new Date(seconds * 1000), zone)

/** Ticks in the viewer's language; a new day is named under its first hour. */
export const timeTicks: uPlot.Axis.Values = (_plot, splits, _axis, _space, step) => {
  let day = ""
  return splits.map((seconds) => {
    const date = new Date(seconds * 1000)
    if (step >= 28 * 86_400) return forms.month.format(date)
    if (step >= 86_400) return forms.day.format(date)
    const time = (step < 60 ? forms.second : forms.hour).format(date)
    const today = forms.day.format(date)
    const text = today !== day ? `${time}\n${today}` : time
    day = today
    return text
  })
}
