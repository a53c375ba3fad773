import { type IncidentEvent, incidentEventKey, incidentSubject, parseRfc3339 } from "@chaussettes/domain"
import { decodeIncident } from "@chaussettes/domain/wire"
import { Result } from "effect"
import { type Differences, differingFields } from "./differences.ts"
import type { StoredSilence } from "./findings.ts"
import type { Text } from "./stored.ts"

interface Derived {
  readonly atMs: number
  readonly key: string
  readonly id: string
  readonly subject: string
  readonly data: string
}

interface Stored extends Text {
  /** -Infinity where it cannot be read. */
  readonly atMs: number
  readonly key: string
  readonly id: string
  readonly isForgotten: boolean
}

const never = Number.NEGATIVE_INFINITY

/**
 * Lays what became of incidents by the records beside what INCIDENTS holds. Both come in the order of the windows that decided it and piece by piece;
 * what one window says is compared as soon as all that INCIDENTS has of it is there.
 */
export class IncidentMatcher {
  /** Events of windows whose incidents cannot be derived again. */
  unverifiable = 0
  readonly #differences: Differences
  #derived: Array<Derived> = []
  #stored: Array<Stored> = []
  #ended = false
  /** Ends of windows are judged up to here. */
  #judgedMs = never
  /** Nothing is known of windows that end from the first time on and before the second one. */
  readonly #unknown: Array<{ readonly fromMs: number; toMs: number }> = [
    { fromMs: never, toMs: Number.POSITIVE_INFINITY }
  ]
  /** There incidents were closed of which this verification does not know. */
  readonly #forgetting = new Set<number>()
  /** Silences that were told before their windows were decided, until the window behind which they were told is judged. */
  readonly #silences = new Map<string, StoredSilence>()

  constructor(differences: Differences, silences: ReadonlyArray<StoredSilence>) {
    this.#differences = differences
    for (const silence of silences) this.#silences.set(incidentEventKey(silence.event), silence)
  }

  /** The silences that were told behind the window that ends at `endMs`, where it is known what the detector knew. */
  silencesBehind(endMs: number): ReadonlyArray<StoredSilence> {
    if (this.#silences.size === 0 || !this.#isKnown(endMs)) return []
    return [...this.#silences.values()].filter(({ event }) => parseRfc3339(event.silent_from!) === endMs)
  }

  /** What the windows give for such a silence if no line came until it was told. */
  judgedSilence(stored: StoredSilence, derived: IncidentEvent | undefined): void {
    this.#silences.delete(incidentEventKey(stored.event))
    if (derived === undefined) this.#extra({ seq: stored.seq, id: stored.event.id })
    else
      this.#same(
        { subject: incidentSubject(derived), data: JSON.stringify(derived) },
        { ...stored, id: stored.event.id }
      )
  }

  /** Whether derived events wait for stored ones. */
  get short(): boolean {
    return this.#derived.length > this.#stored.length
  }

  /**
   * A window that ends at `endMs` was judged, and gave these events.
   * @param isKnown whether that was what the detector knew, too
   */
  judged(endMs: number, events: ReadonlyArray<IncidentEvent>, isKnown: boolean): void {
    // What went wrong did so somewhere behind the window before.
    const lostMs = this.#judgedMs + 1
    this.#judgedMs = Math.max(this.#judgedMs, endMs)
    const last = this.#unknown.at(-1)
    const wasKnown = last === undefined || last.toMs < Number.POSITIVE_INFINITY
    if (isKnown && !wasKnown) {
      last!.toMs = endMs
      this.#forgetting.add(endMs)
    } else if (!isKnown && wasKnown) this.#unknown.push({ fromMs: lostMs, toMs: Number.POSITIVE_INFINITY })
    if (!isKnown) return
    for (const event of events) {
      this.#derived.push({
        atMs: parseRfc3339(event.timestamp)!,
        key: incidentEventKey(event),
        id: event.id,
        subject: incidentSubject(event),
        data: JSON.stringify(event)
      })
    }
  }

  store(texts: Iterable<Text>): void {
    for (const text of texts) {
      if (this.#differences.isLater("incident", text.seq, text.data)) continue
      const read = decodeIncident(text.data)
      const event = Result.isSuccess(read) ? read.success : undefined
      // It is judged behind its window; one that was told since verification began is not.
      if (event?.silent_from !== undefined) continue
      this.#stored.push({
        ...text,
        // One that cannot be read belongs to where it stands.
        atMs: event === undefined ? (this.#stored.at(-1)?.atMs ?? never) : parseRfc3339(event.timestamp)!,
        key: event === undefined ? "" : incidentEventKey(event),
        id: event?.id ?? "",
        isForgotten: event?.closed_why === "forgotten"
      })
    }
  }

  /** Compares what can be compared. */
  run(): void {
    for (;;) {
      const atMs = Math.min(this.#derived[0]?.atMs ?? Infinity, this.#stored[0]?.atMs ?? Infinity)
      if (atMs === Infinity) return
      if (!this.#ended && (atMs > this.#judgedMs || (this.#stored.at(-1)?.atMs ?? never) <= atMs)) return
      this.#compare(atMs)
    }
  }

  /** Neither more is derived nor stored. Where WINDOWS has newer records, what stands behind those that were judged is left alone. */
  finish(hasNewer: boolean): void {
    this.#ended = true
    for (const { seq, event } of this.#silences.values()) {
      const fromMs = parseRfc3339(event.silent_from!)!
      if (!this.#isKnown(fromMs)) this.unverifiable++
      else if (!hasNewer || fromMs <= this.#judgedMs) this.#extra({ seq, id: event.id })
    }
    if (hasNewer) this.#stored = this.#stored.filter(({ atMs }) => atMs <= this.#judgedMs)
    this.run()
  }

  #isKnown(atMs: number): boolean {
    return !this.#unknown.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)
  }

  #compare(atMs: number): void {
    const derived = new Map(takeAt(this.#derived, atMs).map((event) => [event.key, event]))
    const stored = takeAt(this.#stored, atMs)
    if (!this.#isKnown(atMs)) {
      this.unverifiable += stored.length
      return
    }
    for (const event of stored) {
      const match = derived.get(event.key)
      if (match === undefined) {
        if ((event.isForgotten && this.#forgetting.has(atMs)) || this.#isOfUnknown(event.id)) this.unverifiable++
        else this.#extra(event)
      } else {
        derived.delete(event.key)
        this.#same(match, event)
      }
    }
    for (const { key, id, data } of derived.values()) {
      if (this.#silences.has(key)) continue
      const { timestamp, type } = JSON.parse(data) as IncidentEvent
      this.#differences.add({ of: "incident", kind: "lost", id, why: `it was ${type} at ${timestamp}` })
    }
  }

  /** Whether it is the end of a silence of which it is not known what the windows before gave. */
  #isOfUnknown(id: string): boolean {
    return [...this.#silences.values()].some(({ event }) => event.id === id)
  }

  #same(derived: Pick<Derived, "subject" | "data">, stored: Pick<Stored, "seq" | "subject" | "data" | "id">): void {
    const fields = differingFields(derived, stored)
    if (fields !== undefined && fields.length === 0 && derived.data === stored.data) {
      this.#differences.count("incident", "same")
      return
    }
    this.#differences.count("incident", "different")
    const common = { of: "incident", kind: "different", seq: stored.seq, id: stored.id } as const
    if (fields === undefined || fields.length === 0)
      this.#differences.show({ ...common, why: "it has the same values in other bytes" })
    else for (const field of fields) this.#differences.show({ ...common, ...field })
  }

  #extra({ seq, id }: Pick<Stored, "seq" | "id">): void {
    this.#differences.add({
      of: "incident",
      kind: "extra",
      seq,
      id,
      why: id === "" ? "it cannot be read" : "the windows do not give it"
    })
  }
}

/** Takes the first ones of a time. */
const takeAt = <A extends { readonly atMs: number }>(from: Array<A>, atMs: number): ReadonlyArray<A> => {
  let end = 0
  while (end < from.length && from[end]!.atMs <= atMs) end++
  return from.splice(0, end)
}
