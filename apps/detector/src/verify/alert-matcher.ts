import { limits, parseWindowName, rfc3339 } from "@chaussettes/domain"
import type { EncodedAlert } from "../fold/fold.ts"
import { type Differences, differingFields, objectOf } from "./differences.ts"
import type { Text } from "./stored.ts"

interface ExpectedWindow {
  readonly startMs: number
  readonly alerts: ReadonlyArray<EncodedAlert>
}

/** A span of windows about whose alerts nothing can be said, because their records are gone. */
interface Unjudged {
  readonly fromMs: number
  readonly toMs: number
}

/** So many alerts of later windows may stand before one of an earlier window and be taken as put in between. */
const strays = 16

const idForm = /"id":"[a-z]+\.(\d{8}T\d{6}(?:\.\d{3})?Z-\d+(?:ms|s))/

/** Start of the window of an alert, by its id; -Infinity where it has none that can be read. */
export const windowStartOfAlert = (data: string): number => {
  const name = idForm.exec(data)?.[1]
  const window = name === undefined ? undefined : parseWindowName(name)
  return window?.startMs ?? Number.NEGATIVE_INFINITY
}

/**
 * Lays the alerts that follow from the records beside those of ALERTS. Both come in the order of the records and piece by piece;
 * what a record raises is compared as soon as all that ALERTS has of it is there.
 */
export class AlertMatcher {
  readonly #differences: Differences
  readonly #fromMs: number
  #expected: Array<ExpectedWindow> = []
  #expectedAt = 0
  #stored: Array<Text> = []
  #storedAt = 0
  #ended = false
  readonly #unjudged: Array<Unjudged> = []

  /** @param fromMs alerts of earlier windows are not looked at */
  constructor(differences: Differences, fromMs: number) {
    this.#differences = differences
    this.#fromMs = fromMs
  }

  /** Whether expected alerts wait for stored ones. */
  get short(): boolean {
    return this.#expectedAt < this.#expected.length
  }

  expect(startMs: number, alerts: ReadonlyArray<EncodedAlert>): void {
    if (alerts.length > 0) this.#expected.push({ startMs, alerts })
  }

  /** Nothing can be said about the alerts of the windows that begin in [fromMs, toMs). */
  leaveOut(fromMs: number, toMs: number): void {
    this.#unjudged.push({ fromMs, toMs })
  }

  store(alerts: Iterable<Text>): void {
    if (this.#storedAt > 0) {
      this.#stored = this.#stored.slice(this.#storedAt)
      this.#storedAt = 0
    }
    for (const alert of alerts) {
      // One that came by a revision of a window before the span.
      const startMs = this.#fromMs === Number.NEGATIVE_INFINITY ? this.#fromMs : windowStartOfAlert(alert.data)
      if (startMs >= this.#fromMs || startMs === Number.NEGATIVE_INFINITY) this.#stored.push(alert)
    }
  }

  /** Compares what can be compared. */
  run(): void {
    while (this.#expectedAt < this.#expected.length) {
      if (!this.#next(this.#expected[this.#expectedAt]!)) break
      this.#expectedAt++
    }
    if (this.#expectedAt > 1_024 || this.#expectedAt === this.#expected.length) {
      this.#expected = this.#expected.slice(this.#expectedAt)
      this.#expectedAt = 0
    }
  }

  /** Neither more is expected nor stored: what is left on one side is lost or too much. Alerts from `newerFromMs` on are left alone. */
  finish(newerFromMs: number): void {
    this.#ended = true
    this.run()
    for (const alert of this.#stored.slice(this.#storedAt)) {
      if (windowStartOfAlert(alert.data) < newerFromMs) this.#extra(alert, "no record gives it")
    }
    this.#stored = []
    this.#storedAt = 0
  }

  /** Compares the alerts of one window; false where ALERTS has not been read far enough. */
  #next(window: ExpectedWindow): boolean {
    const { alerts } = window
    if (!this.#ended && this.#stored.length - this.#storedAt < alerts.length) return false
    if (alerts.every((alert, i) => isSame(alert, this.#stored[this.#storedAt + i]))) {
      this.#differences.count("alert", "same", alerts.length)
      this.#storedAt += alerts.length
      return true
    }
    const end = this.#endOf(window)
    if (end === undefined) return false
    const block = this.#stored.slice(this.#storedAt, end)
    this.#storedAt = end
    this.#compare(window, block)
    return true
  }

  /** Where in ALERTS those of the next record begin; undefined where it has not been read far enough. */
  #endOf({ startMs, alerts }: ExpectedWindow): number | undefined {
    const ids = new Set(alerts.map(({ id }) => id))
    let end = this.#storedAt
    for (let at = end; at < end + strays; at++) {
      const alert = this.#stored[at]
      if (alert === undefined) return this.#ended ? end : undefined
      const alertMs = windowStartOfAlert(alert.data)
      // One of the same window that is not wanted here may be a later revision's. Of an earlier window it may be, too, unless no record
      // from here on can give it: what is behind belongs here, and whatever stands before it was put in by somebody.
      const isOwn = alertMs === startMs ? at === end || ids.has(idOf(alert)) : alertMs === Number.NEGATIVE_INFINITY
      if (isOwn || alertMs < startMs - limits.longestHorizonMs) end = at + 1
    }
    return end
  }

  /** What ALERTS holds up to the end of a window against what the window gives. */
  #compare(window: ExpectedWindow, block: ReadonlyArray<Text>): void {
    const own: Array<Text> = []
    for (const alert of block) {
      const startMs = windowStartOfAlert(alert.data)
      if (startMs === window.startMs || startMs === Number.NEGATIVE_INFINITY) own.push(alert)
      else this.#extra(alert, "no record gives it")
    }
    const wanted = new Map(window.alerts.map((alert, i) => [alert.id, { alert, i }]))
    const unmatched = new Map<number, Text>()
    const seen = new Set<string>()
    own.forEach((stored, i) => {
      const id = idOf(stored)
      const match = wanted.get(id)
      if (match !== undefined) {
        wanted.delete(id)
        seen.add(id)
        if (isSame(match.alert, stored)) this.#differences.count("alert", "same")
        else this.#different(window, match.alert, stored)
      } else if (seen.has(id)) this.#extra(stored, "it is stored twice")
      else unmatched.set(i, stored)
    })
    const isComplete = own.length === window.alerts.length
    for (const { alert, i } of wanted.values()) {
      const stored = isComplete ? unmatched.get(i) : undefined
      if (stored === undefined) {
        this.#differences.add({ of: "alert", kind: "lost", window: rfc3339(window.startMs), id: alert.id })
      } else {
        unmatched.delete(i)
        this.#different(window, alert, stored)
      }
    }
    for (const stored of unmatched.values()) this.#extra(stored, "its window does not give it")
  }

  #different(window: ExpectedWindow, alert: EncodedAlert, stored: Text): void {
    if (this.#differences.isLater("alert", stored.seq, stored.data)) return
    this.#differences.count("alert", "different")
    const common = {
      of: "alert",
      kind: "different",
      window: rfc3339(window.startMs),
      seq: stored.seq,
      id: alert.id
    } as const
    const fields = differingFields(alert, stored)
    if (fields === undefined || fields.length === 0) {
      this.#differences.show({
        ...common,
        why: fields === undefined ? "it is not JSON" : "it has the same values in other bytes"
      })
    } else for (const field of fields) this.#differences.show({ ...common, ...field })
  }

  #extra(alert: Text, why: string): void {
    if (this.#differences.isLater("alert", alert.seq, alert.data)) return
    const startMs = windowStartOfAlert(alert.data)
    if (startMs !== Number.NEGATIVE_INFINITY) {
      if (startMs < this.#fromMs) return
      if (this.#unjudged.some(({ fromMs, toMs }) => startMs >= fromMs && startMs < toMs)) return
    }
    this.#differences.add({
      of: "alert",
      kind: "extra",
      ...(startMs === Number.NEGATIVE_INFINITY ? {} : { window: rfc3339(startMs) }),
      seq: alert.seq,
      id: idOf(alert),
      why
    })
  }
}

const isSame = (alert: EncodedAlert, stored: Text | undefined): boolean =>
  stored !== undefined && stored.data === alert.data && stored.subject === alert.subject

const idOf = ({ data }: Text): string => {
  const id = objectOf(data)?.id
  return typeof id === "string" ? id : ""
}
