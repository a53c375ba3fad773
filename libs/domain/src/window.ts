import { type KeyBudget, KeyTable } from "./key-table.ts"
import { limits } from "./limits.ts"
import { MinHeap } from "./min-heap.ts"

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
  /** Among the open windows: the one that was opened just before this one, and the one just after. */
  openedBefore: OpenWindow | undefined
  openedAfter: OpenWindow | undefined

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

/**
 * The windows that take lines. There may be tens of thousands, and each line may decide one: so none of what happens once a window looks at
 * all of them. Their starts stand in a heap, and they are linked in the order in which they were opened, which is that of their first sequences.
 */
export class OpenWindows {
  readonly windowMs: number
  readonly budget: KeyBudget = { keys: 0 }
  /** Windows that begin before are decided: no line comes into them any more. */
  decidedThroughMs: number
  /** The window of the last line; one that takes no line where there is none. */
  current: OpenWindow
  readonly #none = new OpenWindow({ keys: 0 })
  readonly #open = new Map<number, OpenWindow>()
  readonly #starts = new MinHeap()
  #firstOpened: OpenWindow | undefined
  #lastOpened: OpenWindow | undefined
  readonly #spare: Array<OpenWindow> = []
  #spareBytes = 0

  constructor(windowMs: number, decidedThroughMs = Number.NEGATIVE_INFINITY) {
    this.windowMs = windowMs
    this.decidedThroughMs = decidedThroughMs
    this.current = this.#none
  }

  get size(): number {
    return this.#open.size
  }

  /** Start of the oldest open window; Infinity when none is open. */
  get oldestMs(): number {
    return this.#starts.least
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

  /** The window that begins at `startMs`, opened if need be by a line at `seq`, which is no lower than those before. */
  at(startMs: number, seq: number): OpenWindow {
    let window = this.#open.get(startMs)
    if (window === undefined) {
      window = this.#spare.pop()
      if (window === undefined) window = new OpenWindow(this.budget)
      else this.#spareBytes -= window.roomBytes
      window.begin(startMs, this.windowMs, seq)
      this.#open.set(startMs, window)
      this.#starts.push(startMs)
      this.#link(window)
    }
    this.current = window
    return window
  }

  /** Windows that begin before `beforeMs` are decided, too. What is decided stays decided. */
  decideThrough(beforeMs: number): void {
    if (beforeMs > this.decidedThroughMs) this.decidedThroughMs = beforeMs
  }

  /** Takes out the windows that begin before `beforeMs`, oldest first. */
  takeBefore(beforeMs: number): ReadonlyArray<OpenWindow> {
    const taken: Array<OpenWindow> = []
    while (this.#starts.least < beforeMs) {
      const startMs = this.#starts.pop()
      const window = this.#open.get(startMs)!
      this.#open.delete(startMs)
      this.#unlink(window)
      taken.push(window)
    }
    if (taken.length > 0) this.current = this.#none
    return taken
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
    return this.#firstOpened?.firstSeq ?? Number.POSITIVE_INFINITY
  }

  #link(window: OpenWindow): void {
    const last = this.#lastOpened
    window.openedBefore = last
    if (last === undefined) this.#firstOpened = window
    else last.openedAfter = window
    this.#lastOpened = window
  }

  #unlink(window: OpenWindow): void {
    const { openedBefore, openedAfter } = window
    if (openedBefore === undefined) this.#firstOpened = openedAfter
    else openedBefore.openedAfter = openedAfter
    if (openedAfter === undefined) this.#lastOpened = openedBefore
    else openedAfter.openedBefore = openedBefore
    window.openedBefore = window.openedAfter = undefined
  }
}
