import type { KeyTable } from "../detection/key-table.ts"
import type { OpenWindow } from "../detection/window.ts"
import { keyText } from "../wire/alert.ts"
import type { Failures } from "./failures.ts"
import type { ClassIndex, JointError, KeyPanes, TimePanes, WindowPanes } from "./panes.ts"

const mostTextBytes = 4 * 1024 * 1024
/** What an entry takes besides its key. */
const entryBytes = 200

/** Texts of keys, which are the same from window to window. */
export class KeyTexts {
  readonly #texts = new Map<number, { readonly bytes: Uint8Array; readonly text: string }>()
  #bytes = 0

  of(table: KeyTable, i: number): string {
    const hash = table.hash(i)
    const known = this.#texts.get(hash)
    if (known !== undefined && table.isKey(i, known.bytes)) return known.text
    const key = table.key(i)
    const text = keyText(key)
    this.#bytes += key.length + entryBytes
    if (this.#bytes > mostTextBytes) {
      this.#texts.clear()
      this.#bytes = key.length + entryBytes
    }
    this.#texts.set(hash, { bytes: key.slice(), text })
    return text
  }
}

/** A decided window as the incidents see it; a view that holds until the window changes. */
export const panesOf = (window: OpenWindow, failures: Failures, texts: KeyTexts): WindowPanes =>
  new DecidedPanes(window, failures, texts)

/** A class, as an object made of parts that may be absent costs several times as much, and each window needs one. */
class DecidedPanes implements WindowPanes {
  readonly startMs: number
  readonly endMs: number
  readonly requests: number
  readonly errors: readonly [client: number, server: number]
  readonly ip: KeyPanes
  readonly url: KeyPanes
  declare readonly times?: TimePanes
  readonly #window: OpenWindow
  readonly #failures: Failures
  readonly #texts: KeyTexts

  constructor(window: OpenWindow, failures: Failures, texts: KeyTexts) {
    this.startMs = window.startMs
    this.endMs = window.endMs
    this.requests = window.total
    this.errors = [failures.errors[0], failures.errors[1]]
    this.ip = new TablePanes(window.ips, texts)
    this.url = new TablePanes(window.urls, texts)
    if (window.times !== undefined) this.times = window.times
    this.#window = window
    this.#failures = failures
    this.#texts = texts
  }

  joint(most: number): ReadonlyArray<JointError> {
    return jointOf(this.#window, this.#failures, this.#texts, most)
  }
}

class TablePanes implements KeyPanes {
  readonly count: number
  readonly #table: KeyTable
  readonly #texts: KeyTexts

  constructor(table: KeyTable, texts: KeyTexts) {
    this.count = table.count
    this.#table = table
    this.#texts = texts
  }

  /** What a table of too many keys has forgotten is taken for requests that went well, as a verdict takes it. */
  requests(i: number): number {
    return this.#table.total(i) + this.#table.missed(i)
  }
  errors(i: number): number {
    return this.#table.clientErrors(i) + this.#table.serverErrors(i)
  }
  errorsOf(i: number, c: ClassIndex): number {
    return c === 0 ? this.#table.clientErrors(i) : this.#table.serverErrors(i)
  }
  hash(i: number): number {
    return this.#table.hash(i)
  }
  text(i: number): string {
    return this.#texts.of(this.#table, i)
  }
  is(i: number, text: string): boolean {
    return this.#table.isAscii(i, text) || this.text(i) === text
  }
}

const jointOf = (
  { ips, urls }: OpenWindow,
  failures: Failures,
  texts: KeyTexts,
  most: number
): ReadonlyArray<JointError> => {
  const cells = failures.cells > most ? failures.mostFrequent(most) : undefined
  const joint: Array<JointError> = []
  for (let i = 0; i < (cells === undefined ? failures.cells : most); i++) {
    const cell = cells === undefined ? i : cells[i]!
    const client = failures.client(cell)
    const url = failures.url(cell)
    joint.push({
      client: client < 0 ? "" : texts.of(ips, client),
      url: url < 0 ? "" : texts.of(urls, url),
      status: failures.status(cell),
      errors: failures.count(cell)
    })
  }
  return joint
}
