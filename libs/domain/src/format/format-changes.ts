import { limits } from "../limits.ts"
import type { FormatSpec } from "./spec.ts"

/** The lines of a source are of another format than those before. */
export interface FormatChange {
  readonly source: string
  readonly was: string
  readonly now: string
  /** When the message was stored that has the first line of the new format. */
  readonly at_ms: number
}

const isSame = (a: FormatChange, b: FormatChange): boolean =>
  a.source === b.source && a.was === b.was && a.now === b.now && a.at_ms === b.at_ms

/** The newest changes of both, oldest first; one that was read again after a restart is told once. */
export const newestChanges = (
  before: ReadonlyArray<FormatChange>,
  more: ReadonlyArray<FormatChange>
): ReadonlyArray<FormatChange> =>
  [...before, ...more.filter((change) => !before.some((known) => isSame(known, change)))]
    .sort((a, b) => a.at_ms - b.at_ms)
    .slice(-limits.tallyFormatChanges)

/** A format in short: `json`, `common in syslog`. */
const formatLabel = ({ name, wrappers }: FormatSpec): string =>
  wrappers.length === 0 ? name : `${name} in ${wrappers.map(({ kind }) => kind).join(", ")}`

/** Notes by source when its format changes. Each change is told once: a source that mixes two formats is told twice. */
export class FormatChanges {
  readonly #last = new Map<string, FormatSpec>()
  readonly #told = new Set<string>()
  #changes: Array<FormatChange> = []
  #newest: ReadonlyArray<FormatChange> = []

  /** The last of them, oldest first. */
  get newest(): ReadonlyArray<FormatChange> {
    return this.#newest
  }

  /** A message of the source was read, its last line in this format. */
  see(source: string, format: FormatSpec, storedMs: number): void {
    const before = this.#last.get(source)
    if (before === format || (before === undefined && this.#last.size >= limits.sources)) return
    this.#last.set(source, format)
    if (before === undefined) return
    const [was, now] = [formatLabel(before), formatLabel(format)]
    const key = `${source} ${was} ${now}`
    if (was === now || this.#told.has(key) || this.#told.size >= limits.sources) return
    this.#told.add(key)
    const change = { source, was, now, at_ms: storedMs }
    this.#changes.push(change)
    this.#newest = newestChanges(this.#newest, [change])
  }

  take(): ReadonlyArray<FormatChange> {
    const changes = this.#changes
    if (changes.length > 0) this.#changes = []
    return changes
  }
}
