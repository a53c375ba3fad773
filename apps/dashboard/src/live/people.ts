import { Acts } from "@chaussettes/domain"
import type { StoredAct } from "@chaussettes/jetstream"
import { type IncidentView, markedView, type Names } from "@chaussettes/readmodel"

/** What people said of incidents, followed. Texts are not shown from here: whoever may read them asks for them. */
export class People {
  readonly #names: Names
  #acts = new Acts()
  #lastSeq = 0

  /** @param names whether every viewer may see who said something */
  constructor(names: Names) {
    this.#names = names
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  push({ seq, act }: StoredAct): void {
    this.#lastSeq = seq
    this.#acts.add(act)
  }

  clear(): void {
    this.#lastSeq = 0
    this.#acts = new Acts()
  }

  marked(view: IncidentView, atMs: number): IncidentView {
    return markedView(view, this.#acts, atMs, this.#names)
  }

  maintenanceUntilMs(nowMs: number): number | null {
    return this.#acts.maintenanceUntil(nowMs) ?? null
  }
}
