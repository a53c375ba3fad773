import { daysFromCivil, daysInMonth } from "../time.ts"
import { COLON, COMMA, DASH, isDigit, PLUS, SLASH, SPACE, ZERO } from "./bytes.ts"
import { LineTime, monthAt, timeLength } from "./time.ts"

const DOT = 46
/** Two digits, or -1. */
const two = (b: Uint8Array, i: number): number => {
  const [tens, ones] = [b[i]! - ZERO, b[i + 1]! - ZERO]
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

/**
 * A time in whatever form servers write it: that of Common, with a fraction or without a zone; ISO 8601, with `T` or a space; seconds, ms, µs or
 * ns since the epoch. Without a zone it is UTC. A fraction of a millisecond is cut off.
 */
export class AnyTime {
  ms = 0
  readonly #common = new LineTime()
  /** The last day that was read, as its text of ten bytes. */
  readonly #day = new Uint8Array(10)
  #dayMs = 0

  /** Whether bytes[start, end) is a time. */
  read(b: Uint8Array, start: number, end: number): boolean {
    return this.readAt(b, start, end) === end
  }

  /** Reads a time that begins at `start`. Answers where it ends, or -1. */
  readAt(b: Uint8Array, start: number, end: number): number {
    if (end - start < 10) return -1
    if (!isDigit(b[start]!)) return this.#named(b, start, end)
    if (b[start + 4] === DASH || b[start + 4] === SLASH) {
      if (!this.readDate(b, start)) return -1
      let i = start + 10
      // Gin
      if (b[i] === SPACE && b[i + 1] === DASH && i + 2 < end) i += 2
      if (i >= end || (b[i] !== 84 && b[i] !== 116 && b[i] !== SPACE && b[i] !== COLON)) return -1
      return this.#clock(b, i + 1, end)
    }
    if (b[start + 2] === SLASH && b[start + 6] === SLASH) {
      if (start + timeLength <= end && b[start + 20] === SPACE && this.#common.read(b, start)) {
        this.ms = this.#common.ms
        return start + timeLength
      }
      const [day, month, century, year] = [two(b, start), monthAt(b, start + 3), two(b, start + 7), two(b, start + 9)]
      if (!this.#setDay(century < 0 || year < 0 ? -1 : century * 100 + year, month, day)) return -1
      const i = start + 11
      if (i >= end || (b[i] !== COLON && b[i] !== SPACE)) return -1
      return this.#clock(b, i + 1, end)
    }
    return this.#epoch(b, start, end)
  }

  /** `yyyy-mm-dd`, or with slashes: the day's beginning is left in `ms`. */
  readDate(b: Uint8Array, start: number): boolean {
    const last = this.#day
    let k = 0
    while (k < 10 && b[start + k] === last[k]) k++
    if (k === 10) {
      this.ms = this.#dayMs
      return true
    }
    const [century, year, month, day] = [two(b, start), two(b, start + 2), two(b, start + 5), two(b, start + 8)]
    if (b[start + 4] !== b[start + 7] || (b[start + 4] !== DASH && b[start + 4] !== SLASH)) return false
    if (!this.#setDay(century < 0 || year < 0 ? -1 : century * 100 + year, month, day)) return false
    last.set(b.subarray(start, start + 10))
    return true
  }

  /** `yyyy-mm-dd` and `HH:MM:SS` that stand apart, as in the extended log file format. */
  readApart(b: Uint8Array, date: number, dateEnd: number, time: number, timeEnd: number): boolean {
    return dateEnd - date === 10 && this.readDate(b, date) && this.#clock(b, time, timeEnd) === timeEnd
  }

  #setDay(year: number, month: number, day: number): boolean {
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return false
    this.#dayMs = daysFromCivil(year, month, day) * 86_400_000
    this.ms = this.#dayMs
    this.#day[0] = 0
    return true
  }

  /** `HH:MM:SS`, its fraction and its zone, behind a day. */
  #clock(b: Uint8Array, start: number, end: number): number {
    if (start + 8 > end || b[start + 2] !== COLON || b[start + 5] !== COLON) return -1
    const [hour, minute, second] = [two(b, start), two(b, start + 3), two(b, start + 6)]
    // 60 is a leap second
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1
    let ms = ((hour * 60 + minute) * 60 + second) * 1000
    let i = start + 8
    if (i + 1 < end && (b[i] === DOT || b[i] === COMMA) && isDigit(b[i + 1]!)) {
      let unit = 100
      for (i++; i < end && isDigit(b[i]!); i++) {
        ms += Math.floor(unit) * (b[i]! - ZERO)
        unit /= 10
      }
    }
    if (i < end && (b[i] === 90 || b[i] === 122)) {
      this.ms = this.#dayMs + ms
      return i + 1
    }
    if (
      i + 4 <= end &&
      b[i] === SPACE &&
      ((b[i + 1] === 85 && b[i + 2] === 84) || (b[i + 1] === 71 && b[i + 2] === 77))
    ) {
      // UTC, GMT
      this.ms = this.#dayMs + ms
      return i + 4
    }
    let zone = i
    if (zone < end && b[zone] === SPACE) zone++
    if (zone + 4 < end + 1 && (b[zone] === PLUS || b[zone] === DASH)) {
      const zoneHour = two(b, zone + 1)
      const colon = b[zone + 3] === COLON ? 1 : 0
      const zoneMinute = two(b, zone + 3 + colon)
      const zoneEnd = zone + 5 + colon
      const minutes = zoneHour * 60 + zoneMinute
      const right = zoneEnd <= end && zoneHour >= 0 && zoneMinute >= 0 && zoneMinute <= 59
      if (right && minutes <= (b[zone] === DASH ? 720 : 840)) {
        this.ms = this.#dayMs + ms - (b[zone] === DASH ? -minutes : minutes) * 60_000
        return zoneEnd
      }
      if (zone === i) return -1
    }
    this.ms = this.#dayMs + ms
    return i
  }

  /** `Sat, 10 Oct 2026 13:55:36 GMT` (RFC 1123), and `Sat Oct 10 13:55:36 2026` as C's asctime writes it. */
  #named(b: Uint8Array, start: number, end: number): number {
    if (start + 24 > end) return -1
    const comma = b[start + 3] === COMMA
    const at = start + (comma ? 5 : 4)
    if (b[at - 1] !== SPACE) return -1
    if (comma) {
      const year = two(b, at + 7) * 100 + two(b, at + 9)
      if (b[at + 2] !== SPACE || b[at + 6] !== SPACE || b[at + 11] !== SPACE) return -1
      return this.#setDay(year, monthAt(b, at + 3), two(b, at)) ? this.#clock(b, at + 12, end) : -1
    }
    const day = b[at + 4] === SPACE ? b[at + 5]! - ZERO : two(b, at + 4)
    const year = two(b, at + 16) * 100 + two(b, at + 18)
    if (b[at + 3] !== SPACE || b[at + 6] !== SPACE || b[at + 15] !== SPACE) return -1
    if (!this.#setDay(year, monthAt(b, at), day) || this.#clock(b, at + 7, at + 15) !== at + 15) return -1
    return at + 20
  }

  /** Digits since the epoch: how many they are says what they count. */
  #epoch(b: Uint8Array, start: number, end: number): number {
    let i = start
    let whole = 0
    // Beyond ms the rest of the digits is of no account, and would not fit.
    while (i < end && isDigit(b[i]!)) {
      if (i - start < 13) whole = whole * 10 + b[i]! - ZERO
      i++
    }
    const digits = i - start
    if (digits === 10) {
      let ms = whole * 1000
      if (i + 1 < end && b[i] === DOT && isDigit(b[i + 1]!)) {
        let unit = 100
        for (i++; i < end && isDigit(b[i]!); i++) {
          ms += Math.floor(unit) * (b[i]! - ZERO)
          unit /= 10
        }
      }
      this.ms = ms
      return i
    }
    if (digits !== 13 && digits !== 16 && digits !== 19) return -1
    this.ms = whole
    if (i + 1 < end && b[i] === DOT && isDigit(b[i + 1]!)) while (++i < end && isDigit(b[i]!));
    return i
  }
}
