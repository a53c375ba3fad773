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
  /** The panes of the window that is being told, by the places of their dimensions. */
  readonly #places: Array<number> = []
  readonly #requests: Array<number> = []
  readonly #errors: Array<number> = []
  /** By dimension: the pane of the window that speaks most for a high rate and how much it does, and all panes as one. */
  readonly #worst: Array<number>
  readonly #evidence: Array<number>
  readonly #allRequests: Array<number>
  readonly #allErrors: Array<number>
  #cells = 0

  /** @param on the dimensions whose panes it takes */
  constructor(on: ReadonlyArray<Dimension> = defaultDimensions) {
    this.#on = on
    this.#worst = on.map(() => -1)
    this.#evidence = on.map(() => -1)
    this.#allRequests = on.map(() => 0)
    this.#allErrors = on.map(() => 0)
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
    this.#places.push(this.#on.indexOf(dimension))
    this.#requests.push(requests)
    this.#errors.push(errors)
  }

  windowClosed(startMs: number): void {
    const ofHour = this.#countsAt(startMs)
    ofHour.windows++
    const [places, requests, errors] = [this.#places, this.#requests, this.#errors]
    for (let i = 0; i < places.length; i++) {
      const d = places[i]!
      const counts = ofHour.panes[this.#on[d]!]!
      const before = counts.cells
      counts.add(requests[i]!, errors[i]!)
      this.#cells += counts.cells - before
      this.#allRequests[d]! += requests[i]!
      this.#allErrors[d]! += errors[i]!
      const evidence = evidenceOf(errors[i]!, requests[i]!)
      const most = this.#evidence[d]!
      // The greater pane wins a tie, so that their order does not matter.
      if (evidence < most || (evidence === most && requests[i]! <= requests[this.#worst[d]!]!)) continue
      this.#evidence[d] = evidence
      this.#worst[d] = i
    }
    for (let d = 0; d < this.#on.length; d++) this.#addWhole(ofHour, d)
    places.length = requests.length = errors.length = 0
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

  /** What the panes of a dimension say together. */
  #addWhole(counts: Counts, d: number): void {
    const worst = this.#worst[d]!
    if (worst < 0) return
    const dimension = this.#on[d]!
    counts.worst[dimension]!.add(this.#requests[worst]!, this.#errors[worst]!)
    if (this.#allRequests[d]! > 0) counts.together[dimension]!.add(this.#allRequests[d]!, this.#allErrors[d]!)
    this.#worst[d] = this.#evidence[d] = -1
    this.#allRequests[d] = this.#allErrors[d] = 0
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

/** Most panes are small, and the same ones come again and again. */
const [knownRequests, knownErrors] = [64, 16]
const known = new Float64Array(knownRequests * knownErrors).fill(-1)

/** How much a pane speaks for a high rate. */
const evidenceOf = (errors: number, requests: number): number => {
  if (requests >= knownRequests || errors >= knownErrors) return wilson(errors, requests, 3).low
  const at = requests * knownErrors + errors
  if (known[at]! < 0) known[at] = wilson(errors, requests, 3).low
  return known[at]!
}
