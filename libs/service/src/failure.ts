import { Data } from "effect"

/** 1: it was asked rightly and failed. 2: it was asked wrongly. */
export type FailureCode = 1 | 2

/**
 * How every failure ends for a user: one sentence that says what, which, why and what to do about it.
 * It is what a command's error channel holds when it reaches `runMain`.
 */
export class UserFailure extends Data.TaggedError("UserFailure")<{
  readonly message: string
  readonly exitCode: FailureCode
  readonly cause?: unknown
}> {}

export const failed = (message: string, cause?: unknown): UserFailure =>
  new UserFailure({ message, exitCode: 1, ...(cause === undefined ? {} : { cause }) })

export const wrongUsage = (message: string): UserFailure => new UserFailure({ message, exitCode: 2 })

/** The texts of system errors that a user meets, as sentences. The rest keep their own words. */
const systemReasons: { readonly [code: string]: string } = {
  ENOENT: "it does not exist",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of its path is not a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EEXIST: "something of that name already exists",
  EIO: "the device fails",
  EADDRINUSE: "the port is in use",
  ECONNREFUSED: "connection refused",
  ENOSPC: "the disk is full",
  EROFS: "the file system is read-only",
  EMFILE: "too many files are open",
  EPIPE: "its reader has closed it"
}

/** Why, in words: of a system error its meaning, of any other its message's first line. Never a stack. */
export const reasonOf = (error: unknown): string => {
  if (typeof error === "object" && error !== null) {
    const { _tag, code, message, why } = error as { _tag?: unknown; code?: unknown; message?: unknown; why?: unknown }
    if (_tag === "Unreadable") return (error as Error).message
    if (typeof code === "string" && systemReasons[code] !== undefined) return systemReasons[code]
    if (typeof why === "string" && why !== "") return why
    if (typeof message === "string" && message !== "") return message.split("\n")[0]!
  }
  return typeof error === "string" ? error : "an unknown error"
}

/** Of a result that could not be printed. */
export const outputFailure = (cause: unknown): UserFailure =>
  failed(`Cannot write to standard output: ${reasonOf(cause)}. Make room there, or send it elsewhere.`, cause)

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** What a store's errors look like from here: told by their tags, so that no command loads NATS to fail. */
interface Tagged {
  readonly _tag: string
  readonly what?: string
  readonly why?: string
  readonly remedy?: string
  readonly stream?: string
}

/** Any error as the sentence that a user reads. */
export const toUserFailure = (error: unknown): UserFailure => {
  if (error instanceof UserFailure) return error
  if (typeof error === "object" && error !== null && "_tag" in error) {
    const tagged = error as Tagged
    switch (tagged._tag) {
      case "UserFailure":
        return error as unknown as UserFailure
      case "Unavailable":
        return failed(
          `${sentence(`${capital(tagged.what ?? "")} failed: ${tagged.why}`)} ${tagged.remedy ?? "Check that the NATS server runs (`chaussettes start` brings one) and that --server or NATS_URL names it."}`,
          error
        )
      case "Refused":
        return failed(
          `${sentence(`${capital(tagged.what ?? "")} was refused: ${tagged.why}`)} ${sentence(tagged.remedy ?? "")}`,
          error
        )
      case "Outdated":
        return failed(
          `Another process writes to ${tagged.stream}: its last message is not the expected one. Stop the other process, or run this again.`,
          error
        )
      default:
    }
  }
  return failed(sentence(reasonOf(error)), error)
}
