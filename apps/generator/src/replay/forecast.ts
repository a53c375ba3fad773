import {
  ASIDE,
  defaultReading,
  defaultSettings,
  type InputWords,
  type LineOutcomes,
  LineScanner,
  lateBeforeOf,
  limits,
  mayBeJson,
  type RejectReason,
  readerFor,
  reasonOf,
  rfc3339,
  unwrapPayload
} from "@chaussettes/domain"
import { Windows } from "@chaussettes/jetstream"
import { type InputReport, inputReport } from "@chaussettes/service"
import { Effect, Option } from "effect"

/**
 * So many lines of each message are looked at, its first ones: one in sixty of a file, and each line of a pipe that trickles. Looking at
 * all of them would halve the speed.
 */
export const linesAMessage = 8

/** What the detector does where nobody has told it otherwise. */
const { allowedLatenessMs, horizonMs } = defaultSettings

/** A pipe may never end: what has to be said of it is said when so many of its lines were looked at. */
export const tellingLines = 100

const LF = 10

/**
 * What the detector will make of the lines that are sent, by its defaults: a sample, as the sending must not wait for it. The same lines
 * give the same answer, except for how far they are ahead of the clock.
 */
export class LineSample {
  readonly #reader = readerFor(defaultReading)!
  readonly #scanner = new LineScanner("path", limits.lineBytes, 0, this.#reader)
  readonly #rejected: { [reason in RejectReason]?: number } = {}
  #lines = 0
  #late = 0
  /** Greatest event time, but for a jump ahead that no second line has confirmed yet. */
  #greatestMs = Number.NEGATIVE_INFINITY
  #jumpMs: number | undefined

  get outcomes(): LineOutcomes {
    return { lines: this.#lines, late: this.#late, rejected: this.#rejected }
  }

  /** Looks at a message before it is sent. @param shiftMs by how much its times will be shifted @param format what it declares */
  look(payload: Uint8Array, shiftMs: number, nowMs: number, format?: string): void {
    this.#reader.begin(format)
    const isJson = mayBeJson(payload, 0, payload.length) && !this.#isLine(payload)
    const lines = (isJson ? unwrapPayload(payload.subarray(0, endOfFirstLines(payload))) : undefined) ?? payload
    const scanner = this.#scanner
    for (let [at, line] = [0, 0]; at < lines.length && line < linesAMessage; at = scanner.next, line++) {
      const scan = scanner.scan(lines, at, lines.length)
      if (scan === ASIDE) continue
      this.#lines++
      if (scan === 0) this.#time(scanner.timeMs + shiftMs, nowMs)
      else this.#reject(reasonOf(scan))
    }
  }

  /** As in the detection: a message that begins with a line is lines, even if that is JSON. */
  #isLine(payload: Uint8Array): boolean {
    const code = this.#scanner.scan(payload, 0, payload.length)
    const isInsideJson = this.#reader.format.wrappers.some(({ kind }) => kind === "json")
    return (code === 0 || code === ASIDE) && !isInsideJson
  }

  #time(timeMs: number, nowMs: number): void {
    if (timeMs - nowMs > defaultSettings.maxAheadMs) {
      this.#reject("future")
      return
    }
    if (this.#greatestMs - timeMs > allowedLatenessMs + horizonMs) this.#late++
    if (timeMs <= this.#greatestMs) return
    if (timeMs - this.#greatestMs <= horizonMs || this.#greatestMs === Number.NEGATIVE_INFINITY) {
      this.#greatestMs = timeMs
      this.#jumpMs = undefined
      return
    }
    // One line far ahead is a broken clock; a second one confirms it.
    if (this.#jumpMs !== undefined) this.#greatestMs = Math.min(this.#jumpMs, timeMs)
    this.#jumpMs = timeMs
  }

  #reject(reason: RejectReason): void {
    this.#rejected[reason] = (this.#rejected[reason] ?? 0) + 1
  }
}

/** What a sample has to say. */
export const sampleReport = (outcomes: LineOutcomes, words: Pick<InputWords, "order" | "toParse">): InputReport =>
  inputReport(outcomes, { ...words, lateness: "--allowed-lateness of `chaussettes detect`", isSample: true })

/** Where the first lines of a message end. */
const endOfFirstLines = (payload: Uint8Array): number => {
  let end = 0
  for (let line = 0; line < linesAMessage; line++) {
    const at = payload.indexOf(LF, end)
    if (at < 0) return payload.length
    end = at + 1
  }
  return end
}

/** A role that may only send cannot read WINDOWS; then nothing is known, and no time is lost over it. */
const patienceMs = 2_000

/** What is said where lines that begin at `firstMs` begin before what still takes lines; nothing where that cannot be known. */
export const lateWarning = Effect.fn("lateWarning")(
  function* (firstMs: number) {
    const newest = yield* (yield* Windows).latest
    const lateMs = newest && lateBeforeOf(newest.record)
    if (lateMs === undefined || firstMs >= lateMs) return undefined
    return (
      `The detector has already decided all windows up to ${rfc3339(lateMs)}, and these lines begin at ${rfc3339(firstMs)}: lines before that time count as late and raise no alert. ` +
      "Shift their times with --rebase now; replay older files before newer ones; " +
      "look at the files alone with `chaussettes analyze`; or start with an empty detector (docs/generator.md)."
    )
  },
  Effect.timeoutOption(patienceMs),
  Effect.map(Option.getOrUndefined),
  // Lines may be sent all the same: they mean to a later version's detector what they mean to this one's.
  Effect.catchTag("Unreadable", (later) => Effect.as(Effect.logWarning(later.message), undefined)),
  Effect.catch(() => Effect.succeed(undefined))
)
