import { type KeyBudget, KeyTable } from "./key-table.ts"
import { limits } from "./limits.ts"

/** A window that still takes lines: its counts, in all and by key. */
export class OpenWindow {
  startMs = 0
  endMs = 0
  total = 0
  errors = 0
  firstSeq = 0
  lastSeq = 0
  readonly ips: KeyTable
  readonly urls: KeyTable

  constructor(budget: KeyBudget) {
    this.ips = new KeyTable(limits.keysAWindow, limits.keyBytesAWindow, budget)
    this.urls = new KeyTable(limits.keysAWindow, limits.keyBytesAWindow, budget)
  }

  get roomBytes(): number {
    return this.ips.roomBytes + this.urls.roomBytes
  }

  begin(startMs: number, windowMs: number, firstSeq: number): void {
    this.startMs = startMs
    this.endMs = startMs + windowMs
    this.total = 0
    this.errors = 0
    this.firstSeq = firstSeq
    this.lastSeq = firstSeq
    this.ips.clear(firstSeq)
    this.urls.clear(firstSeq)
  }
}

/** Windows kept for use again: a log with one line a window opens and closes one for each line. */
const spareWindows = 64
/** What they may hold together; a window that was flooded is let go. */
const spareBytes = 32 * 1024 * 1024

/** The windows that take lines. */
export class OpenWindows {
  readonly windowMs: number
  readonly budget: KeyBudget = { keys: 0 }
  /** Start of the oldest open window; Infinity when none is open. */
  oldestMs = Number.POSITIVE_INFINITY
  readonly #open = new Map<number, OpenWindow>()
  readonly #spare: Array<OpenWindow> = []
  #spareBytes = 0

  constructor(windowMs: number) {
    this.windowMs = windowMs
  }

  get size(): number {
    return this.#open.size
  }

  /** The window that begins at `startMs`, where it is open. */
  get(startMs: number): OpenWindow | undefined {
    return this.#open.get(startMs)
  }

  /** Lines that the open windows hold together. */
  lines(): number {
    let lines = 0
    for (const window of this.#open.values()) lines += window.total
    return lines
  }

  /** The window that begins at `startMs`, opened if need be by a line at `seq`. */
  at(startMs: number, seq: number): OpenWindow {
    let window = this.#open.get(startMs)
    if (window === undefined) {
      window = this.#spare.pop()
      if (window === undefined) window = new OpenWindow(this.budget)
      else this.#spareBytes -= window.roomBytes
      window.begin(startMs, this.windowMs, seq)
      this.#open.set(startMs, window)
      if (startMs < this.oldestMs) this.oldestMs = startMs
    }
    return window
  }

  /** Takes out the windows that begin before `beforeMs`, oldest first. */
  takeBefore(beforeMs: number): ReadonlyArray<OpenWindow> {
    if (beforeMs <= this.oldestMs) return []
    const taken: Array<OpenWindow> = []
    let oldest = Number.POSITIVE_INFINITY
    for (const [startMs, window] of this.#open) {
      if (startMs < beforeMs) {
        taken.push(window)
        this.#open.delete(startMs)
      } else if (startMs < oldest) oldest = startMs
    }
    this.oldestMs = oldest
    return taken.sort((a, b) => a.startMs - b.startMs)
  }

  /** Gives a window back when what it held has been said. */
  release(window: OpenWindow): void {
    window.begin(0, this.windowMs, 0)
    const bytes = window.roomBytes
    if (this.#spare.length >= spareWindows || this.#spareBytes + bytes > spareBytes) return
    this.#spare.push(window)
    this.#spareBytes += bytes
  }

  /** The lowest sequence that any open window holds; Infinity when none is open. */
  firstSeq(): number {
    let first = Number.POSITIVE_INFINITY
    for (const window of this.#open.values()) if (window.firstSeq < first) first = window.firstSeq
    return first
  }

  /** End of the newest open window; -Infinity when none is open. */
  newestEndMs(): number {
    let newest = Number.NEGATIVE_INFINITY
    for (const window of this.#open.values()) if (window.endMs > newest) newest = window.endMs
    return newest
  }
}
