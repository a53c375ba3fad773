import { Data } from "effect"

/** The server cannot be reached or did not answer; it may have done what was asked. Worth trying again. */
export class Unavailable extends Data.TaggedError("Unavailable")<{
  readonly what: string
  readonly why: string
  /** What to do about it, where that is known better than "look whether the server runs". */
  readonly remedy?: string
  readonly cause?: unknown
}> {}

/** The server answered that it will not: a limit, a full disk, a permission, a stream that is not there. Worth trying again after it is mended. */
export class Refused extends Data.TaggedError("Refused")<{
  readonly what: string
  readonly why: string
  /** What to do about it, as a sentence for the operator. */
  readonly remedy: string
  readonly cause?: unknown
}> {}

/** The stream is not at the version that the write expected: somebody else wrote. Never tried again blindly. */
export class Outdated extends Data.TaggedError("Outdated")<{
  readonly stream: string
  readonly expectedSeq: number
}> {}

export type StoreError = Unavailable | Refused
