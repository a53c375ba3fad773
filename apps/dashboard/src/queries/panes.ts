import {
  type DecidedWindow,
  type KeyTable,
  keyDimensionsIn,
  type LogBatch,
  mapKeyDimensions,
  OpenWindows,
  type PerKeyDimension,
  type Rules,
  SpanReader
} from "@chaussettes/domain"

/** Panes by their counts. Panes without errors never breach: they are counted as eligible and nothing else. */
export class EligiblePanes {
  eligible = 0
  readonly #counts = new Map<number, number>()
  /** Two whole numbers in one that a number holds exactly. */
  static readonly #shift = 2 ** 26

  add(total: number, errors: number, panes = 1): void {
    this.eligible += panes
    if (errors === 0) return
    const pair = total * EligiblePanes.#shift + errors
    this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + panes)
  }

  get counts(): ReadonlyArray<readonly [requests: number, errors: number, panes: number]> {
    return Array.from(this.#counts, ([pair, panes]) => {
      const errors = pair % EligiblePanes.#shift
      return [(pair - errors) / EligiblePanes.#shift, errors, panes] as const
    })
  }
}

/**
 * Counts the panes of windows that are decided from LOGS again: the same lines, keys and least numbers as the detector's. A window
 * is done when its newest record's `through_seq` has been read, and so are those before it: so no more are held open than still took lines then.
 */
export class PaneCollector {
  readonly by: PerKeyDimension<EligiblePanes>
  requests = 0
  readonly #windows: ReadonlyArray<DecidedWindow>
  readonly #open: OpenWindows
  readonly #reader: SpanReader
  readonly #rules: Rules
  #done = 0

  constructor(windows: ReadonlyArray<DecidedWindow>, windowMs: number, rules: Rules, hashSeed: number) {
    this.#windows = windows
    const on = keyDimensionsIn(rules.least_requests)
    this.by = mapKeyDimensions(() => new EligiblePanes(), on)
    this.#open = new OpenWindows(windowMs, undefined, undefined, { on })
    this.#reader = new SpanReader(windows, windowMs, rules, { hashSeed })
    this.#rules = rules
  }

  read(batch: LogBatch): void {
    if (batch.messages > 0) this.#close(batch.seqs[0]!)
    this.#reader.read(batch, (line) => {
      const window = this.#open.at(line.windowStartMs, line.seq)
      this.requests++
      for (const { dimension, table } of window.tables) {
        const key = line.keys[dimension]!
        if (key.start >= 0) table.add(key.bytes, key.start, key.end, key.hash, line.markOf(key), line.seq)
      }
    })
  }

  end(): void {
    this.#close(Number.POSITIVE_INFINITY)
  }

  /** Takes in the windows of which everything before `seq` is all. */
  #close(seq: number): void {
    let beforeMs = Number.NEGATIVE_INFINITY
    while (this.#done < this.#windows.length && this.#windows[this.#done]!.throughSeq < seq) {
      beforeMs = this.#windows[this.#done++]!.startMs + this.#open.windowMs
    }
    for (const window of this.#open.takeBefore(beforeMs)) {
      for (const { dimension, table } of window.tables) {
        this.#take(table, this.by[dimension]!, this.#rules.least_requests[dimension]!)
      }
      this.#open.release(window)
    }
  }

  #take(table: KeyTable, into: EligiblePanes, least: number): void {
    for (let i = 0; i < table.count; i++) {
      const total = table.total(i)
      // What may have been forgotten of a key speaks for it, as in the verdict.
      if (total >= least) into.add(total + table.missed(i), table.errors(i))
    }
  }
}
