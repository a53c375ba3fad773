import {
  type Dimension,
  defaultDimensions,
  type KeyDimension,
  mapDimensions,
  mapKeyDimensions,
  type PerDimension,
  type PerKeyDimension
} from "../dimension.ts"
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
  /** Parts of time that are told apart. At the limit two neighbours become one. */
  slots: 64,
  /** Cells of one dimension over all slots. At the limit great numbers are kept less exactly. */
  cells: 100_000
} as const

/** The narrowest slot; wider ones are this times a power of two, aligned to the epoch. */
const narrowestSlotMs = 60_000

/** How coarsely the panes of a window are kept as one: a few hundred cells a slot, whatever the traffic. */
const togetherCoarse = 3

interface Slot {
  windows: number
  readonly panes: PerDimension<PaneCounts>
  /** Of each window only the pane that speaks most for a high rate: how many windows were attacked is read off these. */
  readonly worst: PerDimension<PaneCounts>
  /** Of each window the panes of a dimension as one, coarsely: many that fail in the same windows stand out there, however few errors each has. */
  readonly together: PerDimension<PaneCounts>
}

/** One part of the history in time, or several of them together. */
export interface Part {
  readonly fromMs: number
  readonly toMs: number
  readonly windows: number
  readonly panes: PerDimension<number>
  readonly cells: PerDimension<ReadonlyArray<Cell>>
  readonly worst: PerDimension<ReadonlyArray<Cell>>
  readonly together: PerDimension<ReadonlyArray<Cell>>
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
    const slot = this.#slotAt(startMs)
    slot.windows++
    const [places, requests, errors] = [this.#places, this.#requests, this.#errors]
    for (let i = 0; i < places.length; i++) {
      const d = places[i]!
      const counts = slot.panes[this.#on[d]!]!
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
    for (let d = 0; d < this.#on.length; d++) this.#addWhole(slot, d)
    places.length = requests.length = errors.length = 0
    this.#bound()
  }

  get windows(): number {
    let sum = 0
    for (const slot of this.#slots.values()) sum += slot.windows
    return sum
  }

  /** The slots in the order of time. */
  parts(): ReadonlyArray<Part> {
    return [...this.#slots.entries()]
      .sort((a, b) => a[0] - b[0])
      .map(([at, slot]) => ({
        fromMs: at * this.#slotMs,
        toMs: (at + 1) * this.#slotMs,
        windows: slot.windows,
        panes: mapDimensions((d) => slot.panes[d]!.panes, this.#on),
        cells: mapDimensions((d) => [...slot.panes[d]!], this.#on),
        worst: mapDimensions((d) => [...slot.worst[d]!], this.#on),
        together: mapDimensions((d) => [...slot.together[d]!], this.#on)
      }))
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

  #slotAt(startMs: number): Slot {
    const at = Math.floor(startMs / this.#slotMs)
    let slot = this.#slots.get(at)
    if (slot === undefined) {
      const none = () => mapDimensions(() => new PaneCounts(this.#coarse), this.#on)
      const together = mapDimensions(() => new PaneCounts(togetherCoarse), this.#on)
      slot = { windows: 0, panes: none(), worst: none(), together }
      this.#slots.set(at, slot)
    }
    return slot
  }

  /** Slots under their place, those of the same place together. */
  #put(slots: ReadonlyArray<readonly [at: number, slot: Slot]>): void {
    const together = new Map<number, Array<Slot>>()
    for (const [at, slot] of slots) {
      const there = together.get(at)
      if (there === undefined) together.set(at, [slot])
      else there.push(slot)
    }
    this.#slots = new Map()
    this.#cells = 0
    for (const [at, parts] of together) {
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
      this.#slots.set(at, {
        windows: parts.reduce((sum, p) => sum + p.windows, 0),
        panes,
        worst: merged("worst", this.#coarse),
        together: merged("together", togetherCoarse)
      })
    }
  }

  /** What the panes of a dimension say together. */
  #addWhole(slot: Slot, d: number): void {
    const worst = this.#worst[d]!
    if (worst < 0) return
    const dimension = this.#on[d]!
    slot.worst[dimension]!.add(this.#requests[worst]!, this.#errors[worst]!)
    if (this.#allRequests[d]! > 0) slot.together[dimension]!.add(this.#allRequests[d]!, this.#allErrors[d]!)
    this.#worst[d] = this.#evidence[d] = -1
    this.#allRequests[d] = this.#allErrors[d] = 0
  }

  #bound(): void {
    while (this.#slots.size > historyLimits.slots) {
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
