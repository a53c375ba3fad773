/**
 * How the usual error rate moves by the clock, in percent of what a table was made for: by the hour of UTC, on weekdays and at
 * weekends. Traffic of an hour at 150 is judged as if it had half as many requests again.
 */
export interface Hours {
  readonly weekday: ReadonlyArray<number>
  readonly weekend: ReadonlyArray<number>
}

const hourMs = 3_600_000
const dayHours = 24
/** Hours that are told apart: those of a weekday, and behind them those of a day at the weekend. */
export const hoursApart = 2 * dayHours

/** Beyond these the table of another hour says nothing of this one. */
export const leastOfHour = 25
export const mostOfHour = 400

/** The place of a time among the hours that are told apart. The epoch began on a Thursday. */
export const hourOf = (ms: number): number => {
  const hours = Math.floor(ms / hourMs)
  const day = (Math.floor(hours / dayHours) + 4) % 7
  return (hours % dayHours) + (day === 0 || day === 6 ? dayHours : 0)
}

export const percentAt = (hours: Hours, hour: number): number =>
  hour < dayHours ? hours.weekday[hour]! : hours.weekend[hour - dayHours]!

export const hoursOf = (percents: ReadonlyArray<number>): Hours => ({
  weekday: percents.slice(0, dayHours),
  weekend: percents.slice(dayHours)
})

const isDay = (json: unknown): json is ReadonlyArray<number> =>
  Array.isArray(json) &&
  json.length === dayHours &&
  json.every((x) => Number.isSafeInteger(x) && x >= leastOfHour && x <= mostOfHour)

/** Reads what stands beside a table; undefined where it cannot be used. */
export const hoursFromJson = (json: unknown): Hours | undefined => {
  if (typeof json !== "object" || json === null) return undefined
  const { weekday, weekend } = json as { weekday?: unknown; weekend?: unknown }
  return isDay(weekday) && isDay(weekend) ? { weekday, weekend } : undefined
}
