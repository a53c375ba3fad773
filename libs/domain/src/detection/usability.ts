import { shellWord } from "../text/visible-text.ts"
import { type RejectReason, rejectReasons } from "../wire/reject.ts"
import { rejectWords } from "../wire/reject-words.ts"

/*
 * Whether what was read can be judged by. A line that is late or rejected gets no verdict; when that becomes common, whatever else is said
 * of the input ("no alert", "error rate 0%") misleads, so it is the first thing that any command, page or status has to say.
 */

/** Shares of the lines without a verdict: above the first a headline says so, above the second a command ends with exit code 1. */
const noVerdictShares = { headline: 0.05, failure: 0.5 } as const

/** What became of some lines. */
export interface LineOutcomes {
  /** All of them. */
  readonly lines: number
  /** Those that came too late and are in no window. */
  readonly late: number
  /** Those that could not be used; `late` among the reasons is passed over, as it is counted above. */
  readonly rejected: { readonly [reason in RejectReason]?: number }
}

/** What is the matter with lines that get no verdict, by what helps. */
export type NoVerdictCause = "late" | "future" | "unparsed"

/** Lines without a verdict, by cause. */
export interface NoVerdict {
  readonly lines: number
  readonly unjudged: number
  /** The most frequent first; none is empty. */
  readonly causes: ReadonlyArray<{ readonly cause: NoVerdictCause; readonly lines: number }>
  /** The most frequent reason for which a line does not parse. */
  readonly reason: RejectReason | undefined
}

export type Usability =
  | { readonly _tag: "Fine" }
  /** There is no line at all, as in the log of a site that nobody visits. */
  | { readonly _tag: "Empty" }
  | ({ readonly _tag: "SomeUnjudged" | "MostUnjudged" | "NothingUsable" } & NoVerdict)

export const usabilityOf = ({ lines, late, rejected }: LineOutcomes): Usability => {
  if (lines === 0) return { _tag: "Empty" }
  const future = rejected.future ?? 0
  let unparsed = 0
  let reason: RejectReason | undefined
  for (const candidate of rejectReasons) {
    const n = rejected[candidate] ?? 0
    if (n === 0 || candidate === "late" || candidate === "future") continue
    unparsed += n
    if (reason === undefined || n > rejected[reason]!) reason = candidate
  }
  const unjudged = late + future + unparsed
  if (unjudged <= lines * noVerdictShares.headline) return { _tag: "Fine" }
  const counted: NoVerdict["causes"] = [
    { cause: "late", lines: late },
    { cause: "future", lines: future },
    { cause: "unparsed", lines: unparsed }
  ]
  const causes = counted.filter((c) => c.lines > 0).sort((a, b) => b.lines - a.lines)
  const _tag =
    unjudged >= lines
      ? "NothingUsable"
      : unjudged > lines * noVerdictShares.failure
        ? "MostUnjudged"
        : ("SomeUnjudged" as const)
  return { _tag, lines, unjudged, causes, reason }
}

/** Whether a command that met this must not end as if it had done its work. */
export const isFailure = (usability: Usability): boolean =>
  usability._tag === "MostUnjudged" || usability._tag === "NothingUsable"

/** How the lines came, as far as the way out depends on it. */
export interface InputWords {
  readonly order: "one file" | "files by time" | "files as given" | "pipe"
  /** What `chaussettes parse` is to be given. */
  readonly toParse: string
  /** Where more lateness is allowed. */
  readonly lateness: string
  /** Not every line was looked at. */
  readonly isSample?: boolean
}

/** What has to be said before all else, with the reason and the way out; `undefined` where nothing has. */
export const headlineOf = (usability: Usability, input: InputWords): string | undefined => {
  switch (usability._tag) {
    case "Fine":
      return undefined
    case "Empty":
      return "The input is empty: it has no lines."
    case "SomeUnjudged":
    case "MostUnjudged":
    case "NothingUsable": {
      const { lines, unjudged, causes } = usability
      const share = `${Math.min(99, Math.max(1, Math.round((100 * unjudged) / lines)))}%`
      const head =
        usability._tag === "NothingUsable"
          ? "No line gets a verdict"
          : usability._tag === "MostUnjudged"
            ? `Most lines get no verdict (${share})`
            : `${share} of the lines get no verdict`
      const [first, ...others] = causes.map((c) => causeWords(c.cause, c.lines, usability.reason))
      const lookedAt = input.isSample === true ? ` that ${lines === 1 ? "was" : "were"} looked at` : ""
      const of = `of ${count(lines)} line${lines === 1 ? "" : "s"}${lookedAt}`
      const what = [`${of}, ${first}`, ...others].join(", ")
      const remedies = causes
        .filter((c, i) => i === 0 || c.lines > lines * noVerdictShares.headline)
        .map((c) => remedyOf(c.cause, input))
      return `${head}: ${what}. ${remedies.join(" ")}`
    }
  }
}

const count = (n: number): string => n.toLocaleString("en")

const causeWords = (cause: NoVerdictCause, lines: number, reason: RejectReason | undefined): string => {
  const n = count(lines)
  switch (cause) {
    case "late":
      return lines === 1 ? "1 is too late for its window" : `${n} are too late for their windows`
    case "future":
      return `${n} ${lines === 1 ? "is" : "are"} too far ahead of the clock`
    case "unparsed":
      return `${n} ${lines === 1 ? "does" : "do"} not parse (most often ${reason}: ${rejectWords[reason!]})`
  }
}

const remedyOf = (cause: NoVerdictCause, { order, toParse, lateness }: InputWords): string => {
  switch (cause) {
    case "late":
      return `${orderRemedies[order]}, or allow more lateness (${lateness}).`
    case "future":
      return "Their clock or time zone is wrong: correct it where they are written, or shift the times with --rebase now."
    case "unparsed":
      return `\`chaussettes parse ${shellWord(toParse)}\` shows which lines and why.`
  }
}

const orderRemedies: { readonly [order in InputWords["order"]]: string } = {
  "one file": "Sort the lines of the file by time",
  "files by time":
    "Read files whose times overlap, such as those of several servers, one per run, or merge them by time; sort files whose lines are not in time order",
  "files as given": "Leave --as-given out, so that the files are read in time order",
  pipe: "Name the files instead of piping them, so that they are read in time order; or sort the lines by time"
}
