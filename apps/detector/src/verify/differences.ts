import { type Later, laterIn } from "./later.ts"

/** What WINDOWS, ALERTS or INCIDENTS holds too little, too much, or otherwise than LOGS gives it. */
export type Kind = "lost" | "extra" | "different"

/** One difference between what is stored and what was derived again. */
export interface Difference {
  readonly of: "window" | "alert" | "incident"
  readonly kind: Kind
  /** Start of the window; absent where only a sequence is known. */
  readonly window?: string
  /** Sequence in WINDOWS, ALERTS or INCIDENTS; absent where nothing is stored. */
  readonly seq?: number
  /** The id of the alert or the incident. */
  readonly id?: string
  /** The field that differs. */
  readonly field?: string
  readonly stored?: unknown
  readonly derived?: unknown
  /** What is the matter, where no two values say it. */
  readonly why?: string
}

export interface Counts {
  /** Compared and found to be the same. */
  same: number
  lost: number
  extra: number
  different: number
}

const isClean = ({ lost, extra, different }: Counts): boolean => lost + extra + different === 0

/** Whether all that was compared is the same. */
export const areClean = (of: {
  readonly windows: Counts
  readonly alerts: Counts
  readonly incidents: Counts
}): boolean => [of.windows, of.alerts, of.incidents].every(isClean)

const none = (): Counts => ({ same: 0, lost: 0, extra: 0, different: 0 })

/** The rest of a long value is of no use to anybody who looks for what differs. */
const longestChars = 1_000

const cut = (value: unknown): unknown => {
  if (value === undefined) return undefined
  const text = typeof value === "string" ? value : JSON.stringify(value)
  return text.length <= longestChars ? value : `${text.slice(0, longestChars)}…`
}

/** Counts all differences and keeps the first ones. */
export class Differences {
  readonly windows = none()
  readonly alerts = none()
  readonly incidents = none()
  readonly examples: Array<Difference> = []
  /** Undefined where all was written by versions that this one knows. */
  later: Later | undefined
  readonly #most: number
  /** How many windows and alerts the examples are of, and the last one of them. */
  #shown = 0
  #last = ""

  /** @param most of so many windows and alerts the differences are kept */
  constructor(most: number) {
    this.#most = most
  }

  count(of: Difference["of"], kind: Kind | "same", n = 1): void {
    const counts = { window: this.windows, alert: this.alerts, incident: this.incidents }
    counts[of][kind] += n
  }

  /** Keeps a difference as an example; it is counted apart from that, since one record may differ in several fields. */
  show(difference: Difference): void {
    const { stored, derived, ...rest } = difference
    const thing = `${rest.of} ${rest.kind} ${rest.window} ${rest.seq} ${rest.id}`
    if (thing !== this.#last) {
      if (this.#shown >= this.#most) return
      this.#shown++
      this.#last = thing
    }
    this.examples.push({
      ...rest,
      ...("stored" in difference ? { stored: cut(stored) } : {}),
      ...("derived" in difference ? { derived: cut(derived) } : {})
    })
  }

  /** Whether a later version has written it; the first of such is remembered. */
  isLater(of: Difference["of"], seq: number, data: string): boolean {
    const later = laterIn(of, seq, data)
    this.later ??= later
    return later !== undefined
  }

  /** Counts and keeps at once. */
  add(difference: Difference): void {
    this.count(difference.of, difference.kind)
    this.#last = ""
    this.show(difference)
  }
}
