import { defaultKeyDimensions, type KeyDimension } from "../dimension.ts"
import { Failures } from "../incidents/failures.ts"
import { RequestTimes } from "../incidents/latency/request-times.ts"
import { limits } from "../limits.ts"
import { StatusCounts } from "../statuses.ts"
import type { ThresholdsInForce } from "../wire/threshold.ts"
import { type KeyBudget, KeyTable } from "./key-table.ts"
import { MeasureCounts } from "./measures.ts"
import { MinHeap } from "./min-heap.ts"

/** What has come into a decided window and stands in no record yet. */
interface Added {
  total: number
  errors: number
  firstSeq: number
  lastSeq: number
}

/** What is known of a window since it was decided. */
export interface Retained {
  /** By what it was judged; undefined where it had no line when it was decided, so that it has no record. */
  judgedBy: ThresholdsInForce | undefined
  /** The alerts that were raised, by dimension and key. */
  raised: Set<string> | undefined
  revisions: number
  /** Undefined where its newest record holds all. */
  added: Added | undefined
}

/** The keys of a window in one dimension. */
export interface DimensionTable {
  readonly dimension: KeyDimension
  readonly table: KeyTable
}

/** A window that still takes lines: its counts, in all and by key. */
/** What a window keeps beside its totals. */
interface Kept {
  /** The dimensions whose keys are counted. */
  readonly on?: ReadonlyArray<KeyDimension> | undefined
  /** Whether errors are kept by what they fall together with, as incidents need them. */
  readonly keepsFailures?: boolean
}

export class OpenWindow {
  startMs = 0
  endMs = 0
  total = 0
  errors = 0
  /** Of them those of bots that say so, where they are told apart. */
  readonly bots = { total: 0, errors: 0 }
  firstSeq = 0
  lastSeq = 0
  /** Present once the window is decided: what comes now comes by a revision. */
  retained: Retained | undefined
  readonly statuses = new StatusCounts()
  readonly measures = new MeasureCounts()
  /** The keys of each dimension that is on, in the order of the dimensions. */
  readonly tables: ReadonlyArray<DimensionTable>
  /** The first two of them, which nearly every line and each window asks for by name, and those that are on request. */
  readonly ips: KeyTable
  readonly urls: KeyTable
  readonly further: ReadonlyArray<DimensionTable>
  /** How its errors fall together; undefined where nobody looks for incidents. */
  readonly failures: Failures | undefined
  /** How long its requests took, by URL; undefined where `failures` is. */
  readonly times: RequestTimes | undefined
  /** Its places among all windows, and among those that are not decided, in the order in which they were opened. */
  readonly place: Place = { window: this, before: undefined, after: undefined }
  readonly openPlace: Place = { window: this, before: undefined, after: undefined }

  constructor(budget: KeyBudget, { on = defaultKeyDimensions, keepsFailures = false }: Kept = {}) {
    this.#budget = budget
    this.tables = on.map((dimension) => ({
      dimension,
      table: new KeyTable(limits.keysAWindow, limits.keyBytesAWindow, budget)
    }))
    this.ips = this.table("ip")
    this.urls = this.table("url")
    this.further = this.tables.slice(defaultKeyDimensions.length)
    if (!keepsFailures) return
    const failures = new Failures()
    const times = new RequestTimes()
    this.failures = failures
    this.times = times
    this.ips.onForget = (moved) => failures.moveClients(moved)
    this.urls.onForget = (moved) => {
      failures.moveUrls(moved)
      times.moveUrls(moved)
    }
  }

  #budget: KeyBudget

  /** The keys of a dimension that is on. */
  table(of: KeyDimension): KeyTable {
    return this.tables.find(({ dimension }) => dimension === of)!.table
  }

  /** The keys count against this budget from now on. */
  moveTo(budget: KeyBudget): void {
    if (this.#budget === budget) return
    this.#budget = budget
    this.ips.moveTo(budget)
    this.urls.moveTo(budget)
    for (const { table } of this.further) table.moveTo(budget)
  }

  /** Gives back the memory that nothing uses. */
  trim(): void {
    // Incidents were judged when it was decided.
    this.failures?.clear()
    this.times?.clear()
    this.ips.trim()
    this.urls.trim()
    for (const { table } of this.further) table.trim()
  }

  get roomBytes(): number {
    let bytes = this.ips.roomBytes + this.urls.roomBytes + (this.times?.roomBytes ?? 0)
    for (const { table } of this.further) bytes += table.roomBytes
    return bytes
  }

  begin(startMs: number, windowMs: number, firstSeq: number): void {
    this.startMs = startMs
    this.endMs = startMs + windowMs
    this.total = 0
    this.errors = 0
    this.bots.total = this.bots.errors = 0
    this.firstSeq = firstSeq
    this.lastSeq = firstSeq
    this.retained = undefined
    this.statuses.clear()
    this.measures.clear()
    this.ips.clear(firstSeq)
    this.urls.clear(firstSeq)
    for (const { table } of this.further) table.clear(firstSeq)
    this.failures?.clear()
    this.times?.clear()
  }
}

/** A window in a list of windows. */
interface Place {
  readonly window: OpenWindow
  before: Place | undefined
  after: Place | undefined
}

/** Windows in the order in which they were opened, which is that of their first sequences. */
class Opened {
  first: Place | undefined
  #last: Place | undefined

  add(place: Place): void {
    place.before = this.#last
    if (this.#last === undefined) this.first = place
    else this.#last.after = place
    this.#last = place
  }

  remove(place: Place): void {
    const { before, after } = place
    if (before === undefined) this.first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    place.before = place.after = undefined
  }
}

const nothingChanged: ReadonlyArray<OpenWindow> = []

/** Windows kept for use again: a log with one line a window opens and closes one for each line. */
const spareWindows = 1_024
/** What they may hold together; a window that was flooded is let go. */
const spareBytes = 32 * 1024 * 1024

/**
 * The windows that take lines: the open ones, and those that are decided and within the horizon (retained). There may be tens of thousands, and
 * each line may decide one: so none of what happens once a window looks at all of them. Their starts stand in heaps, and they are linked in the
 * order in which they were opened, which is that of their first sequences.
 */
export class OpenWindows {
  readonly windowMs: number
  readonly budget: KeyBudget = { keys: 0 }
  /** Of the retained windows. */
  readonly retainedBudget: KeyBudget = { keys: 0 }
  /** Windows that begin before are decided: a line for one of them comes by a revision. */
  decidedThroughMs: number
  /** Windows that begin before take no line any more. Never behind `decidedThroughMs`. */
  lateBeforeMs: number
  /** The window of the last line; one that takes no line where there is none. */
  current: OpenWindow
  /** Lines that the retained windows hold together. */
  retainedLines = 0
  /** When the first line that stands in no record yet was stored; Infinity where there is none. */
  addedSinceMs = Number.POSITIVE_INFINITY
  readonly #none: OpenWindow
  readonly #windows = new Map<number, OpenWindow>()
  readonly #openStarts = new MinHeap()
  readonly #retainedStarts = new MinHeap()
  #retained = 0
  readonly #changed = new Set<OpenWindow>()
  readonly #opened = new Opened()
  readonly #openOpened = new Opened()
  readonly #spare: Array<OpenWindow> = []
  #spareBytes = 0

  readonly #kept: Kept

  constructor(
    windowMs: number,
    decidedThroughMs = Number.NEGATIVE_INFINITY,
    lateBeforeMs = decidedThroughMs,
    kept: Kept = {}
  ) {
    this.windowMs = windowMs
    this.#kept = kept
    this.#none = new OpenWindow({ keys: 0 }, { on: kept.on })
    this.decidedThroughMs = decidedThroughMs
    this.lateBeforeMs = lateBeforeMs
    this.current = this.#none
  }

  /** Windows that are not decided. */
  get size(): number {
    return this.#windows.size - this.#retained
  }

  /** Windows that are decided and still take lines. */
  get retained(): number {
    return this.#retained
  }

  /** Start of the oldest open window; Infinity when none is open. */
  get oldestMs(): number {
    return this.#openStarts.least
  }

  /** Start of the oldest retained window; Infinity when none is. */
  get oldestRetainedMs(): number {
    return this.#retainedStarts.least
  }

  /** The window that begins at `startMs`, where it takes lines. */
  get(startMs: number): OpenWindow | undefined {
    return this.#windows.get(startMs)
  }

  /** Lines that the open windows hold together. */
  lines(): number {
    let lines = 0
    for (const window of this.#windows.values()) if (window.retained === undefined) lines += window.total
    return lines
  }

  /** The window that begins at `startMs`, opened if need be by a line at `seq`, which is no lower than those before. */
  at(startMs: number, seq: number): OpenWindow {
    let window = this.#windows.get(startMs)
    if (window === undefined) {
      window = this.#spare.pop()
      if (window === undefined) window = new OpenWindow(this.budget, this.#kept)
      else this.#spareBytes -= window.roomBytes
      window.begin(startMs, this.windowMs, seq)
      this.#windows.set(startMs, window)
      this.#opened.add(window.place)
      if (startMs < this.decidedThroughMs) this.#retain(window)
      else {
        this.#openStarts.push(startMs)
        this.#openOpened.add(window.openPlace)
      }
    }
    this.current = window
    return window
  }

  /** Counts a line that has come into a decided window. */
  add(window: OpenWindow, error: number, seq: number, storedMs: number): void {
    const retained = window.retained!
    const { added } = retained
    this.retainedLines++
    if (added === undefined) {
      retained.added = { total: 1, errors: error, firstSeq: seq, lastSeq: seq }
      this.#changed.add(window)
      if (storedMs < this.addedSinceMs) this.addedSinceMs = storedMs
      return
    }
    added.total++
    added.errors += error
    added.lastSeq = seq
  }

  /** A line that has come into a decided window stands in a record already. */
  count(): void {
    this.retainedLines++
  }

  /** The windows with lines that stand in no record yet, oldest first. */
  changed(): ReadonlyArray<OpenWindow> {
    return this.#changed.size === 0 ? nothingChanged : [...this.#changed].sort((a, b) => a.startMs - b.startMs)
  }

  /** All that has come into a window stands in a record now. */
  settle(window: OpenWindow): void {
    if (window.retained !== undefined) window.retained.added = undefined
    this.#changed.delete(window)
    if (this.#changed.size === 0) this.addedSinceMs = Number.POSITIVE_INFINITY
  }

  /** Takes the oldest window out of the open ones, where it begins before `beforeMs`. It is then to be retained or released. */
  takeOldest(beforeMs: number): OpenWindow | undefined {
    if (this.#openStarts.least >= beforeMs) return undefined
    const window = this.#windows.get(this.#openStarts.pop())!
    this.#openOpened.remove(window.openPlace)
    return window
  }

  /** The same for all that begin before `beforeMs`, oldest first. */
  takeBefore(beforeMs: number): ReadonlyArray<OpenWindow> {
    const taken: Array<OpenWindow> = []
    for (let next = this.takeOldest(beforeMs); next !== undefined; next = this.takeOldest(beforeMs)) taken.push(next)
    return taken
  }

  /** All that begin before `beforeMs` are decided together, and go on taking lines; oldest first. */
  decideBefore(beforeMs: number): ReadonlyArray<OpenWindow> {
    const decided = this.takeBefore(beforeMs)
    for (const window of decided) this.#retain(window)
    this.decideThrough(beforeMs)
    return decided
  }

  /** Windows that begin before `beforeMs` are decided, too. What is decided stays decided. */
  decideThrough(beforeMs: number): void {
    if (beforeMs > this.decidedThroughMs) this.decidedThroughMs = beforeMs
  }

  /** A window that was taken out is decided, and goes on taking lines. */
  retain(window: OpenWindow): void {
    this.#retain(window)
  }

  /** Whether the retained windows are more than may be. */
  get isOverLimit(): boolean {
    return (
      this.#retained > limits.retainedWindows ||
      this.retainedBudget.keys > limits.retainedKeys ||
      this.retainedLines > limits.retainedLines
    )
  }

  /** Windows that begin before `beforeMs` take no line any more. Hands them over, oldest first, before they are let go. */
  closeBefore(beforeMs: number, onClosed?: (window: OpenWindow) => void): void {
    if (beforeMs > this.lateBeforeMs) this.lateBeforeMs = beforeMs
    while (this.#retainedStarts.least < this.lateBeforeMs) {
      const window = this.#windows.get(this.#retainedStarts.pop())!
      this.#retained--
      this.retainedLines -= window.total
      onClosed?.(window)
      this.settle(window)
      this.release(window)
    }
  }

  /** Gives a window that takes no line any more back. */
  release(window: OpenWindow): void {
    this.#windows.delete(window.startMs)
    this.#opened.remove(window.place)
    if (this.current === window) this.current = this.#none
    window.begin(0, this.windowMs, 0)
    window.moveTo(this.budget)
    const bytes = window.roomBytes
    if (this.#spare.length >= spareWindows || this.#spareBytes + bytes > spareBytes) return
    this.#spare.push(window)
    this.#spareBytes += bytes
  }

  /** The lowest sequence that any window holds, but for those that begin before `exceptBeforeMs`; Infinity when none does. */
  firstSeq(exceptBeforeMs = Number.NEGATIVE_INFINITY): number {
    let place = this.#opened.first
    while (place !== undefined && place.window.startMs < exceptBeforeMs) place = place.after
    return place?.window.firstSeq ?? Number.POSITIVE_INFINITY
  }

  /** The lowest sequence that any window holds which is not decided; Infinity when none does. */
  openFirstSeq(): number {
    return this.#openOpened.first?.window.firstSeq ?? Number.POSITIVE_INFINITY
  }

  #retain(window: OpenWindow): void {
    window.retained = { judgedBy: undefined, raised: undefined, revisions: 0, added: undefined }
    window.moveTo(this.retainedBudget)
    this.#retained++
    this.retainedLines += window.total
    this.#retainedStarts.push(window.startMs)
  }
}
