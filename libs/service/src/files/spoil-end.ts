import type { UserFailure } from "../failure.ts"

let isSpoilt = false

/**
 * Ends the program with this failure, even where it ends as it was asked to: what fails while an interruption is drained is not told by
 * the exit of the fiber, and what fails behind it, such as the last write to a full disk, by no exit at all.
 */
export const spoilEnd = (failure: UserFailure): void => {
  if (isSpoilt) return
  isSpoilt = true
  process.once("exit", (code) => {
    if (code !== 0) return
    process.stderr.write(`${failure.message}\n`)
    process.exitCode = failure.exitCode
  })
}

/** Ends the program with exit code 1 where it would end well, and says nothing: what was done came to nothing, and that has been told. */
export const spoilExitCode = (): void => {
  process.once("exit", (code) => {
    if (code === 0) process.exitCode = 1
  })
}
