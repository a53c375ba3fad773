/** Times are milliseconds since the Unix epoch inside, RFC 3339 in UTC at the edges. No clock is read here. */

const dayMs = 86_400_000

/** Days since 1970-01-01 of a date in the proleptic Gregorian calendar. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil. */
export const daysFromCivil = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** The inverse of `daysFromCivil` (civil_from_days in the same paper). */
export const civilFromDays = (days: number): { year: number; month: number; day: number } => {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const mp = Math.floor((5 * dayOfYear + 2) / 153)
  const month = mp < 10 ? mp + 3 : mp - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * mp + 2) / 5) + 1
  }
}

export const daysInMonth = (year: number, month: number): number =>
  month === 2
    ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      ? 29
      : 28
    : month < 8
      ? 30 + (month & 1)
      : 31 - (month & 1)

const twoDigits = Array.from({ length: 100 }, (_, n) => `${n}`.padStart(2, "0"))

/** The day of the last time that was written, with and without dashes: most times follow one of the same day. */
let writtenDay = Number.NaN
let writtenDate = { extended: "", basic: "" }

const dateOf = (day: number): { readonly extended: string; readonly basic: string } => {
  if (day !== writtenDay) {
    const date = civilFromDays(day)
    const [year, month, dayOfMonth] = [`${date.year}`.padStart(4, "0"), twoDigits[date.month], twoDigits[date.day]]
    writtenDay = day
    writtenDate = { extended: `${year}-${month}-${dayOfMonth}T`, basic: `${year}${month}${dayOfMonth}T` }
  }
  return writtenDate
}

const fractionOf = (milli: number): string => (milli === 0 ? "" : `.${`${milli}`.padStart(3, "0")}`)

/** `2015-05-17T10:05:00Z`, with milliseconds only where there are any. */
export const rfc3339 = (ms: number): string => {
  const day = Math.floor(ms / dayMs)
  const rest = ms - day * dayMs
  const second = Math.floor(rest / 1000)
  const minute = Math.floor(second / 60)
  const hour = Math.floor(minute / 60)
  return `${dateOf(day).extended}${twoDigits[hour]}:${twoDigits[minute - hour * 60]}:${twoDigits[second - minute * 60]}${fractionOf(rest - second * 1000)}Z`
}

const rfc3339Form = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/

/** Milliseconds of an RFC 3339 time, or `undefined` where the text is none. */
export const parseRfc3339 = (text: string): number | undefined => {
  const m = rfc3339Form.exec(text)
  if (m === null) return undefined
  const [year, month, day] = [Number(m[1]), Number(m[2]), Number(m[3])]
  const [hour, minute, second] = [Number(m[4]), Number(m[5]), Number(m[6])]
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) {
    return undefined
  }
  const dayTimeMs = daysFromCivil(year, month, day) * dayMs + ((hour * 60 + minute) * 60 + second) * 1000
  if (m[7] === undefined && m[8] === undefined) return dayTimeMs
  const [offsetHour, offsetMinute] = [Number(m[9] ?? 0), Number(m[10] ?? 0)]
  if (offsetHour > 23 || offsetMinute > 59) return undefined
  const offset = (offsetHour * 60 + offsetMinute) * (m[8] === "-" ? -60_000 : 60_000)
  const milli = Math.floor(Number(`0.${m[7] ?? "0"}`) * 1000)
  return dayTimeMs + milli - offset
}

/** `20150517T100500Z` */
const basic = (ms: number): string => {
  const day = Math.floor(ms / dayMs)
  return `${dateOf(day).basic}${rfc3339(ms).slice(dateOf(day).extended.length).replaceAll(":", "")}`
}

/** The name of a window, as it stands in an alert's id: `20150517T100500Z-10s`. */
export const windowName = (startMs: number, windowMs: number): string =>
  `${basic(startMs)}-${windowMs % 1000 === 0 ? `${windowMs / 1000}s` : `${windowMs}ms`}`

const windowForm = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\.\d{3})?Z-(\d+)(ms|s)$/

/** The inverse of `windowName`. */
export const parseWindowName = (name: string): { startMs: number; windowMs: number } | undefined => {
  const m = windowForm.exec(name)
  if (m === null) return undefined
  const startMs = parseRfc3339(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}${m[7] ?? ""}Z`)
  return startMs === undefined ? undefined : { startMs, windowMs: Number(m[8]) * (m[9] === "s" ? 1000 : 1) }
}

/** Windows are [start, end) and epoch-aligned, so that a replay cuts the same ones. */
export const windowStartOf = (timeMs: number, windowMs: number): number => Math.floor(timeMs / windowMs) * windowMs
