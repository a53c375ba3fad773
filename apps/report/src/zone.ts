/** Where people live who read the report: which local time it is at any moment. */
export interface Zone {
  readonly name: string
  /** Added to a time, this gives the local one, as if it were in UTC. */
  readonly offsetMs: (ms: number) => number
}

const quarterMs = 900_000
const dayMs = 86_400_000
/** Offsets that are kept, of days and of quarters of an hour. */
const mostKept = 100_000

/** The zone of this name; undefined where there is none. */
export const zoneOf = (name: string): Zone | undefined => {
  let form: Intl.DateTimeFormat
  try {
    form = new Intl.DateTimeFormat("en-US", {
      timeZone: /^z$/i.test(name) ? "UTC" : name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric"
    })
  } catch {
    return undefined
  }
  const lookUp = (ms: number): number => {
    const parts = Object.fromEntries(form.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute) - ms
  }
  const days = kept((day) => lookUp(day * dayMs))
  const quarters = kept((quarter) => lookUp(quarter * quarterMs))
  return {
    name: form.resolvedOptions().timeZone,
    offsetMs: (ms) => {
      const day = Math.floor(ms / dayMs)
      const offset = days(day)
      // Only a day on which the clock is changed is looked into.
      return offset === days(day + 1) ? offset : quarters(Math.floor(ms / quarterMs))
    }
  }
}

export const machineZone = (): Zone => zoneOf(new Intl.DateTimeFormat().resolvedOptions().timeZone)!

/** The same for the same place, without being worked out again. */
const kept = (of: (place: number) => number): ((place: number) => number) => {
  const known = new Map<number, number>()
  return (place) => {
    let value = known.get(place)
    if (value === undefined) {
      value = of(place)
      if (known.size >= mostKept) known.clear()
      known.set(place, value)
    }
    return value
  }
}

/** The local day of a time, in days since 1970-01-01. */
export const dayIn = (zone: Zone, ms: number): number => Math.floor((ms + zone.offsetMs(ms)) / dayMs)

/** The local hour, from 0 to 23, and the weekday, from 0 for Monday. */
export const hourIn = (zone: Zone, ms: number): { readonly hour: number; readonly weekday: number } => {
  const local = ms + zone.offsetMs(ms)
  const day = Math.floor(local / dayMs)
  return { hour: Math.floor((local - day * dayMs) / 3_600_000), weekday: (((day + 3) % 7) + 7) % 7 }
}
