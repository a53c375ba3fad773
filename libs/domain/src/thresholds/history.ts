import {
  type Dimension,
  defaultDimensions,
  type KeyDimension,
  mapDimensions,
  mapKeyDimensions,
  type PerDimension,
  type PerKeyDimension
} from "../dimension.ts"
import { hourOf } from "../wire/hours.ts"
import { KeyRates } from "./key-rates.ts"
import { wilson } from "./numerics.ts"
import { type Cell, PaneCounts } from "./pane-counts.ts"

/** What a history takes of the decided windows, in any order. */
export interface PaneSink {
  /**
   * One eligible pane of the window that `windowClosed` will name: a key in it with at least the least number of requests.
   * `key` is a hash of the key, 32 bits and the same in all windows; nothing is kept of it but which panes are of one key.
   */
  pane(dimension: Dimension, requests: number, errors: number, key: number): void
  /** The panes since the last call were those of this window; its own pane is given by `pane("global", …)`, too. */
  windowClosed(startMs: number): void
}

/** The bounds of a history, whatever its length. */
export const historyLimits = {
  /** Parts of time that are told apart. At the limit two neighbours become one; fewer are kept of a day and more, which hold all hours. */
  slots: 64,
  slotsOfDays: 32,
  /** Cells of one dimension over all slots. At the limit great numbers are kept less exactly. */
  cells: 100_000
} as const

/** The narrowest slot; wider ones are this times a power of two, aligned to the epoch. */
const narrowestSlotMs = 60_000

const dayMs = 86_400_000

/** How coarsely the panes of a window are kept as one: a few hundred cells a slot, whatever the traffic. */
const togetherCoarse = 3

interface Counts {
  windows: number
  readonly panes: PerDimension<PaneCounts>
  /** Of each window only the pane that speaks most for a high rate: how many windows were attacked is read off these. */
  readonly worst: PerDimension<PaneCounts>
  /** Of each window the panes of a dimension as one, coarsely: many that fail in the same windows stand out there, however few errors each has. */
  readonly together: PerDimension<PaneCounts>
}

/** A part of time: what it holds of each hour (`hourOf`). */
type Slot = Map<number, Counts>

interface Cells {
  readonly cells: PerDimension<ReadonlyArray<Cell>>
  readonly worst: PerDimension<ReadonlyArray<Cell>>
  readonly together: PerDimension<ReadonlyArray<Cell>>
}

/** One part of the history in time. */
export interface Part extends Cells {
  readonly fromMs: number
  readonly toMs: number
  readonly windows: number
  readonly panes: PerDimension<number>
  /** The same cells by the hours that they are of. */
  readonly hours: ReadonlyArray<Cells & { readonly hour: number }>
}

/**
 * The panes of a whole history as counts of (requests, errors) by dimension and by slot of time. Its size is bounded: slots
 * get wider and great numbers coarser as it grows. Slots nest and so do the coarser numbers, therefore the same windows give
 * the same history in whatever order and in however many pieces they come.
 */
export class History implements PaneSink {
  keyRates: PerKeyDimension<KeyRates>
  readonly #on: ReadonlyArray<Dimension>
  #slotMs = narrowestSlotMs
  #coarse = 0
  #slots = new Map<number, Slot>()
  /** The panes of the window that is being told. */
  #dimensions: Array<Dimension> = []
  #requests: Array<number> = []
  #errors: Array<number> = []
  #cells = 0

  /** @param on the dimensions whose panes it takes */
  constructor(on: ReadonlyArray<Dimension> = defaultDimensions) {
    this.#on = on
    this.keyRates = mapKeyDimensions(() => new KeyRates(), this.#keyed)
  }

  get #keyed(): ReadonlyArray<KeyDimension> {
    return this.#on.filter((dimension) => dimension !== "global")
  }

  get slotMs(): number {
    return this.#slotMs
  }

  pane(dimension: Dimension, requests: number, errors: number, key: number): void {
    if (dimension !== "global") this.keyRates[dimension]!.add(key, requests, errors)
    this.#dimensions.push(dimension)
    this.#requests.push(requests)
    this.#errors.push(errors)
  }

  windowClosed(startMs: number): void {
    const ofHour = this.#countsAt(startMs)
    ofHour.windows++
    for (let i = 0; i < this.#dimensions.length; i++) {
      const counts = ofHour.panes[this.#dimensions[i]!]!
      const before = counts.cells
      counts.add(this.#requests[i]!, this.#errors[i]!)
      this.#cells += counts.cells - before
    }
    this.#addWorst(ofHour)
    this.#addTogether(ofHour)
    this.#dimensions.length = 0
    this.#requests.length = 0
    this.#errors.length = 0
    this.#bound()
  }

  get windows(): number {
    let sum = 0
    for (const slot of this.#slots.values()) for (const { windows } of slot.values()) sum += windows
    return sum
  }

  /** The slots in the order of time. */
  parts(): ReadonlyArray<Part> {
    return [...this.#slots.entries()]
      .sort((a, b) => a[0] - b[0])
      .map(([at, slot]) => {
        const counts = [...slot.values()]
        const hours = [...slot]
          .sort((a, b) => a[0] - b[0])
          .map(([hour, { panes, worst, together }]) => ({
            hour,
            cells: mapDimensions((d) => [...panes[d]!], this.#on),
            worst: mapDimensions((d) => [...worst[d]!], this.#on),
            together: mapDimensions((d) => [...together[d]!], this.#on)
          }))
        return {
          fromMs: at * this.#slotMs,
          toMs: (at + 1) * this.#slotMs,
          windows: counts.reduce((sum, { windows }) => sum + windows, 0),
          panes: mapDimensions((d) => counts.reduce((sum, { panes }) => sum + panes[d]!.panes, 0), this.#on),
          cells: mapDimensions((d) => hours.flatMap(({ cells }) => cells[d]!), this.#on),
          worst: mapDimensions((d) => hours.flatMap(({ worst }) => worst[d]!), this.#on),
          together: mapDimensions((d) => hours.flatMap(({ together }) => together[d]!), this.#on),
          hours
        }
      })
  }

  static merged(histories: ReadonlyArray<History>): History {
    const [first] = histories
    const whole = new History(first === undefined ? defaultDimensions : first.#on)
    whole.#slotMs = Math.max(narrowestSlotMs, ...histories.map((h) => h.#slotMs))
    whole.#coarse = Math.max(0, ...histories.map((h) => h.#coarse))
    const slots = histories.flatMap((h) =>
      [...h.#slots].map(([at, slot]) => [Math.floor((at * h.#slotMs) / whole.#slotMs), slot] as const)
    )
    whole.#put(slots)
    whole.#bound()
    whole.keyRates = mapKeyDimensions((d) => KeyRates.merged(histories.map((h) => h.keyRates[d]!)), whole.#keyed)
    return whole
  }

  #countsAt(startMs: number): Counts {
    const at = Math.floor(startMs / this.#slotMs)
    let slot = this.#slots.get(at)
    if (slot === undefined) {
      slot = new Map()
      this.#slots.set(at, slot)
    }
    const hour = hourOf(startMs)
    let counts = slot.get(hour)
    if (counts === undefined) {
      const none = () => mapDimensions(() => new PaneCounts(this.#coarse), this.#on)
      const together = mapDimensions(() => new PaneCounts(togetherCoarse), this.#on)
      counts = { windows: 0, panes: none(), worst: none(), together }
      slot.set(hour, counts)
    }
    return counts
  }

  /** Slots under their place, those of the same place together. */
  #put(slots: ReadonlyArray<readonly [at: number, slot: Slot]>): void {
    const together = new Map<number, Map<number, Array<Counts>>>()
    for (const [at, slot] of slots) {
      let there = together.get(at)
      if (there === undefined) {
        there = new Map()
        together.set(at, there)
      }
      for (const [hour, counts] of slot) {
        const ofHour = there.get(hour)
        if (ofHour === undefined) there.set(hour, [counts])
        else ofHour.push(counts)
      }
    }
    this.#slots = new Map()
    this.#cells = 0
    for (const [at, hours] of together) {
      const slot: Slot = new Map()
      for (const [hour, parts] of hours) slot.set(hour, this.#merged(parts))
      this.#slots.set(at, slot)
    }
  }

  #merged(parts: ReadonlyArray<Counts>): Counts {
    const merged = (of: "panes" | "worst" | "together", coarse: number) =>
      mapDimensions(
        (d) =>
          PaneCounts.merged(
            parts.map((p) => p[of][d]!),
            coarse
          ),
        this.#on
      )
    const panes = merged("panes", this.#coarse)
    for (const d of this.#on) this.#cells += panes[d]!.cells
    return {
      windows: parts.reduce((sum, p) => sum + p.windows, 0),
      panes,
      worst: merged("worst", this.#coarse),
      together: merged("together", togetherCoarse)
    }
  }

  #addWorst(counts: Counts): void {
    const best: { [dimension in Dimension]?: number } = {}
    const at: { [dimension in Dimension]?: number } = {}
    for (let i = 0; i < this.#dimensions.length; i++) {
      const d = this.#dimensions[i]!
      const evidence = wilson(this.#errors[i]!, this.#requests[i]!, 3).low
      // The greater pane wins a tie, so that their order does not matter.
      const before = best[d] ?? -1
      if (evidence > before || (evidence === before && this.#requests[i]! > this.#requests[at[d]!]!)) {
        best[d] = evidence
        at[d] = i
      }
    }
    for (const d of this.#on) {
      const i = at[d]
      if (i !== undefined) counts.worst[d]!.add(this.#requests[i]!, this.#errors[i]!)
    }
  }

  #addTogether(counts: Counts): void {
    for (const d of this.#on) {
      let [requests, errors] = [0, 0]
      for (let i = 0; i < this.#dimensions.length; i++) {
        if (this.#dimensions[i] !== d) continue
        requests += this.#requests[i]!
        errors += this.#errors[i]!
      }
      if (requests > 0) counts.together[d]!.add(requests, errors)
    }
  }

  #bound(): void {
    while (this.#slots.size > (this.#slotMs < dayMs ? historyLimits.slots : historyLimits.slotsOfDays)) {
      this.#slotMs *= 2
      this.#put([...this.#slots].map(([at, slot]) => [Math.floor(at / 2), slot]))
    }
    while (this.#cells > historyLimits.cells * this.#on.length && this.#coarse < 3) {
      this.#coarse++
      this.#put([...this.#slots])
    }
  }
}
