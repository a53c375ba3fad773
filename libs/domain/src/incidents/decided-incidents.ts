import type { OpenWindow } from "../detection/window.ts"
import type { WindowWatcher } from "../detection/window-watcher.ts"
import { parseRfc3339, rfc3339 } from "../time.ts"
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
  /** Silences that were told and of whose windows lines may still come. */
  readonly assumed?: ReadonlyArray<IncidentEvent>
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
  #judging: RecordIncidents = { model: { revision: -1, digest: "" } }
  #events: Array<IncidentEvent> = []
  readonly #open = new Map<string, IncidentEvent>()
  #assumed: ReadonlyArray<IncidentEvent>

  /**
   * @param models those that records name, by their digests
   * @param stored where it goes on; without it, or where its model is not known any more, it begins
   * @param open without `stored`: the last event of each incident that was told as open
   * @param assumed silences that were told after what is stored, before a line came that could decide their windows
   */
  constructor(
    inForce: IncidentModelInForce,
    models: (digest: string) => IncidentModelInForce | undefined,
    stored?: StoredIncidents,
    open: ReadonlyArray<IncidentEvent> = [],
    assumed: ReadonlyArray<IncidentEvent> = []
  ) {
    this.#inForce = inForce
    this.#models = models
    for (const event of stored?.open ?? open) this.#open.set(event.id, event)
    this.#assumed = [...(stored?.assumed ?? []), ...assumed]
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
    if (this.#detector === undefined) return { model: { revision, digest }, begins: true }
    // The same for nearly all windows.
    const { model } = this.#judging
    if (model.revision !== revision || model.digest !== digest) this.#judging = { model: { revision, digest } }
    return this.#judging
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
    for (const event of this.#detector.take()) {
      if (this.#isTold(event)) this.#open.set(event.id, event)
      else this.#say(event)
    }
    this.#withdraw(window.endMs)
  }

  /**
   * No line is known of the windows before `throughMs`, and none may come for hours: a silence is told before a line comes that decides them. Whoever
   * derives it again knows from the event behind which window that was.
   */
  silent(throughMs: number): void {
    const detector = this.#detector
    if (detector === undefined || this.#assumed.length > 0) return
    const event = detector.silenceBy(throughMs)
    if (event === undefined) return
    const { schema, id, type, timestamp, ...rest } = event
    const told = { schema, id, type, timestamp, silent_from: rfc3339(detector.endMs), ...rest }
    this.#assumed = [told]
    this.#events.push(told)
  }

  /** Whether it is a silence that was assumed: no line of it came, and it is one. */
  #isTold({ id, type, timestamp }: IncidentEvent): boolean {
    const before = this.#assumed.length
    if (before === 0 || type !== "opened") return false
    this.#assumed = this.#assumed.filter((told) => told.id !== id || told.timestamp !== timestamp)
    return this.#assumed.length < before
  }

  /** Says of silences whose windows are decided by now that they were none: lines of that time came. */
  #withdraw(endMs: number): void {
    if (this.#assumed.length === 0) return
    const isOver = ({ timestamp }: IncidentEvent) => parseRfc3339(timestamp)! <= endMs
    for (const event of this.#assumed.filter(isOver)) this.#events.push(closed(event, rfc3339(endMs), "withdrawn"))
    this.#assumed = this.#assumed.filter((event) => !isOver(event))
  }

  /** What was told of incidents that nothing is known of any more. */
  #forget(endMs: number): void {
    const at = rfc3339(endMs)
    // A silence that was told behind this window belongs to what begins here.
    const isBefore = ({ silent_from }: IncidentEvent) => parseRfc3339(silent_from!)! < endMs
    const known = [...this.#open.values(), ...this.#assumed.filter(isBefore)]
    this.#assumed = this.#assumed.filter((event) => !isBefore(event))
    this.#open.clear()
    for (const event of known) this.#events.push(closed(event, at, "forgotten"))
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
    for (const { kind } of [...this.#open.values(), ...this.#assumed]) open[kind] = (open[kind] ?? 0) + 1
    return open
  }

  /** Undefined where nothing is known. */
  stored(): StoredIncidents | undefined {
    return this.#detector === undefined
      ? undefined
      : {
          digest: this.#digest,
          state: this.#detector.stored(),
          open: [...this.#open.values()],
          ...(this.#assumed.length === 0 ? {} : { assumed: this.#assumed })
        }
  }

  #modelOf(digest: string): IncidentModelInForce | undefined {
    return digest === this.#inForce.digest ? this.#inForce : this.#models(digest)
  }
}

/** The fields in the order in which they stand in every event. */
const closed = (
  { opened_at, silent_from: _, ...event }: IncidentEvent,
  at: string,
  why: "forgotten" | "withdrawn"
): IncidentEvent => {
  const { requests, errors, clients, windows, latency, certificate, ...head } = event
  const counts = { requests, errors, clients, windows, ...(latency === undefined ? {} : { latency }), certificate }
  return { ...head, type: "closed", timestamp: at, opened_at, closed_at: at, closed_why: why, ...counts }
}
