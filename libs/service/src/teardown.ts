import { Cause, Exit } from "effect"
import { CliError } from "effect/cli"
import { reasonOf, toUserFailure } from "./failure.ts"

/**
 * How the process ends: 0 when it did its work or was asked to end and drained; 2 when it was asked wrongly; 1 otherwise.
 * The sentence is undefined where nothing is left to say, because the usage error was told already.
 */
export const endOf = <A, E>(exit: Exit.Exit<A, E>): { readonly code: 0 | 1 | 2; readonly sentence?: string } => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return { code: 0 }
  const error = Cause.squash(exit.cause)
  if (CliError.isCliError(error)) {
    if (error._tag === "ShowHelp") return { code: error.errors.length > 0 ? 2 : 0 }
    return { code: 2, sentence: error.message }
  }
  if (Cause.hasDies(exit.cause)) {
    return {
      code: 1,
      sentence: `Internal error: ${reasonOf(error)}. Please report it with the output of \`--log-level debug\`.`
    }
  }
  const failure = toUserFailure(error)
  return { code: failure.exitCode, sentence: failure.message }
}
