import type { InputWords } from "@chaussettes/domain"
import type { ReplayFile } from "./files.ts"
import type { Rewrite } from "./rewrite.ts"

/** Where a replay begins. */
export interface Start {
  /** Place of the file among the files; those before it are in LOGS. */
  readonly file: number
  readonly offset: number
  readonly line: number
  /** Behind this place LOGS has the punctuation already. */
  readonly isEnd: boolean
  /** The identity that the messages carry, see `Place`. */
  readonly replay: string
  readonly resumed: boolean
  readonly shift: { readonly _tag: "By"; readonly ms: number } | { readonly _tag: "FirstLineToNow" }
}

export interface ReplayOptions {
  readonly source: string
  readonly files: ReadonlyArray<ReplayFile> | "standard input"
  readonly start: Start
  readonly speed: number | undefined
  /** The files are sent in the order given, which is not that of their times; the messages carry it, see `Place`. */
  readonly asGiven: boolean
  /** How the input came, for what is said of it at the end. */
  readonly words: Pick<InputWords, "order" | "toParse">
  readonly rewrites: ReadonlyArray<Rewrite>
  /** What the messages declare as the format of their lines; by default the lines show it. */
  readonly format?: string
}
