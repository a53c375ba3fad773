import { daysFromCivil, daysInMonth } from "../time.ts"
import { COLON, DASH, PLUS, SLASH, SPACE, viewOf, ZERO } from "./bytes.ts"

/** `dd/Mon/yyyy:HH:MM:SS +zzzz` */
export const timeLength = 26
const secondsAt = 18

/** Month by the sum of its letters' codes, each weighed so that the twelve differ; 0 elsewhere. */
const monthKey = (a: number, b: number, c: number): number => (a * 7 + b * 3 + c) & 0x3ff
const months = new Uint8Array(1024)
const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
for (const [i, name] of monthNames.entries()) {
  months[monthKey(name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2))] = i + 1
}

/** The month whose name stands at `i`, from 1; 0 for none. */
export const monthAt = (b: Uint8Array, i: number): number => {
  const month = months[monthKey(b[i]!, b[i + 1]!, b[i + 2]!)]!
  return month > 0 && isMonthName(b, i, month) ? month : 0
}

/** The times of a log, of which most share their minute with the one before: its text is remembered. */
export class LineTime {
  /** Event time of the last right time, ms since the epoch. */
  ms = 0
  readonly #last = Uint8Array.from("01/Jan/1970:00:00:00 +0000", (c) => c.charCodeAt(0))
  readonly #lastView = new DataView(this.#last.buffer)
  #minuteMs = 0

  /** Reads the time at bytes[i, i + timeLength), all of which must be there. Answers whether it is one. */
  read(bytes: Uint8Array, i: number): boolean {
    const view = viewOf(bytes)
    const last = this.#lastView
    // All but the seconds, by fours.
    if (
      (view.getInt32(i, true) !== last.getInt32(0, true) ||
        view.getInt32(i + 4, true) !== last.getInt32(4, true) ||
        view.getInt32(i + 8, true) !== last.getInt32(8, true) ||
        view.getInt32(i + 12, true) !== last.getInt32(12, true) ||
        view.getInt32(i + 14, true) !== last.getInt32(14, true) ||
        view.getInt32(i + 20, true) !== last.getInt32(20, true) ||
        view.getInt32(i + 22, true) !== last.getInt32(22, true)) &&
      !this.#minute(bytes, i)
    ) {
      return false
    }
    const s1 = bytes[i + secondsAt]! - ZERO
    const s2 = bytes[i + secondsAt + 1]! - ZERO
    if (s1 < 0 || s1 > 5 || s2 < 0 || s2 > 9) return false
    this.ms = this.#minuteMs + (s1 * 10 + s2) * 1000
    return true
  }

  /** Reads day, month, year, hour, minute and zone, and remembers them. */
  #minute(b: Uint8Array, i: number): boolean {
    const day = digits2(b, i)
    const month = months[monthKey(b[i + 3]!, b[i + 4]!, b[i + 5]!)]!
    const year = digits2(b, i + 7) * 100 + digits2(b, i + 9)
    const hour = digits2(b, i + 12)
    const minute = digits2(b, i + 15)
    const sign = b[i + 21]
    const zoneHour = digits2(b, i + 22)
    const zoneMinute = digits2(b, i + 24)
    if (month === 0 || !isMonthName(b, i + 3, month)) return false
    if (b[i + 2] !== SLASH || b[i + 6] !== SLASH || b[i + 11] !== COLON || b[i + 14] !== COLON || b[i + 17] !== COLON)
      return false
    if (b[i + 20] !== SPACE || (sign !== PLUS && sign !== DASH)) return false
    if (day < 1 || year < 1970 || hour < 0 || hour > 23 || minute < 0 || minute > 59) return false
    if (digits2(b, i + 9) < 0 || day > daysInMonth(year, month)) return false
    if (zoneHour < 0 || zoneMinute < 0 || zoneMinute > 59) return false
    const zone = zoneHour * 60 + zoneMinute
    // from -12:00 to +14:00: the zones that are or were in use
    if (zone > (sign === DASH ? 720 : 840)) return false
    const local = (daysFromCivil(year, month, day) * 1440 + hour * 60 + minute) * 60_000
    this.#minuteMs = local - (sign === DASH ? -zone : zone) * 60_000
    this.#last.set(b.subarray(i, i + timeLength))
    return true
  }
}

const digits2 = (b: Uint8Array, i: number): number => {
  const [tens, ones] = [b[i]! - ZERO, b[i + 1]! - ZERO]
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -10_000 : tens * 10 + ones
}

const isMonthName = (b: Uint8Array, i: number, month: number): boolean => {
  const name = monthNames[month - 1]!
  return b[i] === name.charCodeAt(0) && b[i + 1] === name.charCodeAt(1) && b[i + 2] === name.charCodeAt(2)
}
