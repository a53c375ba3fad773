/** The columns of a slot of time. */
const AT = 0
export const COUNT = 1
export const CLIENT = 2
export const SERVER = 3
export const SENT = 4
export const BOTS = 5
const width = 6

/** Slots of a minute, then coarser ones. A quarter of an hour still cuts hours and days rightly in every zone of the world. */
const minutesASlot = [1, 5, 15, 60] as const
const mostSlots = 65_536
const minuteMs = 60_000

export interface CourseSlot {
  readonly startMs: number
  readonly requests: number
  readonly clientErrors: number
  readonly serverErrors: number
  readonly bytes: number
  readonly bots: number
}

/** How much came when, in bounded memory: at its limit slots become coarser, and with the coarsest further ones are not counted. */
export class Course {
  numbers = new Float64Array(1024 * width)
  /** Lines whose time found no slot any more. */
  outside = 0
  #level = 0
  #slots = new Map<number, number>()
  #startMs = Number.NaN
  #endMs = Number.NaN
  #row = -1

  /** The place of the row of a time; -1 where there is no room for it. */
  rowOf(timeMs: number): number {
    if (timeMs >= this.#startMs && timeMs < this.#endMs) return this.#row
    return this.#find(timeMs)
  }

  get slotMs(): number {
    return minutesASlot[this.#level]! * minuteMs
  }

  /** In the order of time. */
  slots(): ReadonlyArray<CourseSlot> {
    const { numbers, slotMs } = this
    return [...this.#slots]
      .sort(([a], [b]) => a - b)
      .map(([at, row]) => ({
        startMs: at * slotMs,
        requests: numbers[row + COUNT]!,
        clientErrors: numbers[row + CLIENT]!,
        serverErrors: numbers[row + SERVER]!,
        bytes: numbers[row + SENT]!,
        bots: numbers[row + BOTS]!
      }))
  }

  #find(timeMs: number): number {
    let at = Math.floor(timeMs / this.slotMs)
    let row = this.#slots.get(at)
    while (row === undefined && this.#slots.size >= mostSlots) {
      if (this.#level === minutesASlot.length - 1) {
        this.outside++
        return -1
      }
      this.#coarsen()
      at = Math.floor(timeMs / this.slotMs)
      row = this.#slots.get(at)
    }
    row ??= this.#open(at)
    this.#startMs = at * this.slotMs
    this.#endMs = this.#startMs + this.slotMs
    this.#row = row
    return row
  }

  #open(at: number): number {
    const row = this.#slots.size * width
    if (row === this.numbers.length) {
      const more = new Float64Array(this.numbers.length * 2)
      more.set(this.numbers)
      this.numbers = more
    }
    this.numbers[row + AT] = at
    this.#slots.set(at, row)
    return row
  }

  #coarsen(): void {
    const finer = this.slotMs
    this.#level++
    const before = this.numbers
    const rows = [...this.#slots.values()]
    this.numbers = new Float64Array(before.length)
    this.#slots = new Map()
    this.#startMs = this.#endMs = Number.NaN
    for (const from of rows) {
      const at = Math.floor((before[from + AT]! * finer) / this.slotMs)
      const to = this.#slots.get(at) ?? this.#open(at)
      for (let column = COUNT; column < width; column++) this.numbers[to + column]! += before[from + column]!
    }
  }
}
