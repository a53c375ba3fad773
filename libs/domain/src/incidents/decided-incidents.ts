import type { OpenWindow } from "../detection/window.ts"
import type { WindowWatcher } from "../detection/window-watcher.ts"
import { rfc3339 } from "../time.ts"
import type { RecordIncidents } from "../wire/record.ts"
import { IncidentDetector, type StoredDetector } from "./detector.ts"
import type { IncidentEvent, IncidentKind } from "./event.ts"
import { firstModel } from "./model.ts"
import { type IncidentModelInForce, modelInForce } from "./published-model.ts"
import { KeyTexts, panesOf } from "./window-panes.ts"

export type OpenByKind = { readonly [kind in IncidentKind]?: number }

/** All that is known behind a window, as JSON: with the models and the windows behind it the same incidents follow. */
export interface StoredIncidents {
  /** The model that it was judged by. */
  readonly digest: string
  readonly state: StoredDetector
  /** The last event of each incident that is open. */
  readonly open: ReadonlyArray<IncidentEvent>
}

/** False incidents a week before a model says how many. */
const firstBudgetWeekly = 1

/** What is believed before a model was published. */
export const firstModelInForce = (windowMs: number): IncidentModelInForce =>
  modelInForce(firstModel(windowMs, firstBudgetWeekly), 0)

/**
 * The incidents of decided windows, each judged by the model that its record names: the same code in the detector, which decides, and in `verify`.
 * A record also says where what was known of incidents began: there nothing is known of the windows before.
 */
export class DecidedIncidents implements WindowWatcher {
  /** Whether a window could not be judged as it was: nothing is known until a record begins again. */
  isLost = false
  readonly #models: (digest: string) => IncidentModelInForce | undefined
  readonly #texts = new KeyTexts()
  #inForce: IncidentModelInForce
  #detector: IncidentDetector | undefined
  #digest = ""
  #events: Array<IncidentEvent> = []
  readonly #open = new Map<string, IncidentEvent>()

  /**
   * @param models those that records name, by their digests
   * @param stored where it goes on; without it, or where its model is not known any more, it begins
   * @param open without `stored`: the last event of each incident that was told as open
   */
  constructor(
    inForce: IncidentModelInForce,
    models: (digest: string) => IncidentModelInForce | undefined,
    stored?: StoredIncidents,
    open: ReadonlyArray<IncidentEvent> = []
  ) {
    this.#inForce = inForce
    this.#models = models
    for (const event of stored?.open ?? open) this.#open.set(event.id, event)
    const before = stored === undefined ? undefined : this.#modelOf(stored.digest)
    if (stored === undefined || before === undefined) return
    this.#detector = new IncidentDetector(before.model, undefined, stored.state)
    this.#digest = stored.digest
  }

  /** For the windows that are decided from now on. */
  setModel(inForce: IncidentModelInForce): void {
    this.#inForce = inForce
  }

  get judging(): RecordIncidents {
    const { revision, digest } = this.#inForce
    return { model: { revision, digest }, ...(this.#detector === undefined ? { begins: true } : {}) }
  }

  decided(window: OpenWindow, by: RecordIncidents | undefined): void {
    if (by?.begins) {
      this.#detector = undefined
      this.isLost = false
      this.#forget(window.endMs)
    }
    const model = by === undefined ? undefined : this.#modelOf(by.model.digest)
    if (model === undefined || (this.#detector === undefined && !by!.begins)) {
      this.lost()
      return
    }
    if (this.#detector === undefined) this.#detector = new IncidentDetector(model.model)
    else if (this.#digest !== model.digest) this.#detector.setModel(model.model)
    this.#digest = model.digest
    this.#detector.window(panesOf(window, window.failures!, this.#texts))
    for (const event of this.#detector.take()) this.#say(event)
  }

  /** What was told of incidents that nothing is known of any more. */
  #forget(endMs: number): void {
    const at = rfc3339(endMs)
    for (const event of [...this.#open.values()])
      this.#say({ ...withClosing(event, at), type: "closed", timestamp: at })
  }

  #say(event: IncidentEvent): void {
    if (event.type === "closed") this.#open.delete(event.id)
    else this.#open.set(event.id, event)
    this.#events.push(event)
  }

  lost(): void {
    this.isLost = true
    this.#detector = undefined
  }

  /** What was decided since the last call. */
  take(): ReadonlyArray<IncidentEvent> {
    const events = this.#events
    this.#events = []
    return events
  }

  /** How many are open, by kind. */
  get openByKind(): OpenByKind {
    const open: { [kind in IncidentKind]?: number } = {}
    for (const { kind } of this.#open.values()) open[kind] = (open[kind] ?? 0) + 1
    return open
  }

  /** Undefined where nothing is known. */
  stored(): StoredIncidents | undefined {
    return this.#detector === undefined
      ? undefined
      : { digest: this.#digest, state: this.#detector.stored(), open: [...this.#open.values()] }
  }

  #modelOf(digest: string): IncidentModelInForce | undefined {
    return digest === this.#inForce.digest ? this.#inForce : this.#models(digest)
  }
}

/** The fields in the order in which they stand in every event. */
const withClosing = ({ opened_at, ...event }: IncidentEvent, at: string): IncidentEvent => {
  const { requests, errors, clients, windows, latency, certificate, ...head } = event
  const counts = { requests, errors, clients, windows, ...(latency === undefined ? {} : { latency }), certificate }
  return { ...head, opened_at, closed_at: at, closed_why: "forgotten", ...counts }
}
