import { civilFromDays } from "@chaussettes/domain"

/*
 * Lines as bytes. At full speed a line has less than a microsecond: nothing is formatted twice and no string is made.
 */

const encoder = new TextEncoder()

/** The text's UTF-8. */
export const bytesOf = (text: string): Uint8Array => encoder.encode(text)

const ZERO = 48
const dayMs = 86_400_000
const months = bytesOf("JanFebMarAprMayJunJulAugSepOctNovDec")

/** `17/May/2015:10:05:03 +0200` */
export const timeBytes = 26

/** Writes times in one zone; the last one is remembered, down to its second. */
export class TimeWriter {
  readonly #zoneMs: number
  readonly #text = bytesOf("01/Jan/1970:00:00:00 +0000")
  #second = Number.NaN
  #day = Number.NaN

  /** @param zoneMinutes east of Greenwich */
  constructor(zoneMinutes: number) {
    this.#zoneMs = zoneMinutes * 60_000
    const minutes = Math.abs(zoneMinutes)
    this.#text[21] = zoneMinutes < 0 ? 45 : 43
    this.#two(22, Math.floor(minutes / 60))
    this.#two(24, minutes % 60)
  }

  /** Writes 26 bytes at `at`. */
  write(bytes: Uint8Array, at: number, timeMs: number): void {
    const localMs = timeMs + this.#zoneMs
    const second = Math.floor(localMs / 1000)
    if (second !== this.#second) this.#format(second, localMs)
    const text = this.#text
    for (let i = 0; i < timeBytes; i++) bytes[at + i] = text[i]!
  }

  #format(second: number, localMs: number): void {
    this.#second = second
    const day = Math.floor(localMs / dayMs)
    if (day !== this.#day) {
      this.#day = day
      const date = civilFromDays(day)
      this.#two(0, date.day)
      this.#text.set(months.subarray((date.month - 1) * 3, date.month * 3), 3)
      this.#two(7, Math.floor(date.year / 100))
      this.#two(9, date.year % 100)
    }
    const ofDay = second - day * 86_400
    this.#two(12, Math.floor(ofDay / 3600))
    this.#two(15, Math.floor(ofDay / 60) % 60)
    this.#two(18, ofDay % 60)
  }

  #two(at: number, n: number): void {
    this.#text[at] = ZERO + Math.floor(n / 10)
    this.#text[at + 1] = ZERO + (n % 10)
  }
}

/** Writes the digits of a number below 10,000; answers where they end. */
export const writeNumber = (bytes: Uint8Array, at: number, n: number): number => {
  let i = at
  if (n >= 1000) bytes[i++] = ZERO + Math.floor(n / 1000)
  if (n >= 100) bytes[i++] = ZERO + (Math.floor(n / 100) % 10)
  if (n >= 10) bytes[i++] = ZERO + (Math.floor(n / 10) % 10)
  bytes[i++] = ZERO + (n % 10)
  return i
}

/** Copies all of `from`; answers where it ends. A loop is faster than `set` for the few bytes of a field. */
export const copyShort = (bytes: Uint8Array, at: number, from: Uint8Array): number => {
  for (let i = 0; i < from.length; i++) bytes[at + i] = from[i]!
  return at + from.length
}
