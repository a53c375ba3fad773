import { spawn } from "node:child_process"
import { Duration, Effect } from "effect"

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program to its end. Fails with words when it is not there or takes longer than `limit`; ending otherwise than with 0 is
 * for the caller to judge. Interrupted, it takes the program with it.
 */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  options: { readonly limit: Duration.Input; readonly cwd?: string; readonly env?: NodeJS.ProcessEnv }
): Effect.Effect<Ran, string> =>
  Effect.callback<Ran, string>((resume) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env })
    })
    const [stdout, stderr]: [Array<Buffer>, Array<Buffer>] = [[], []]
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk))
    child.once("error", (error: NodeJS.ErrnoException) =>
      resume(Effect.fail(error.code === "ENOENT" ? `there is no ${command}` : error.message))
    )
    child.once("close", (code) =>
      resume(
        Effect.succeed({
          code: code ?? 1,
          stdout: Buffer.concat(stdout).toString("utf8"),
          stderr: Buffer.concat(stderr).toString("utf8")
        })
      )
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  }).pipe(
    Effect.timeoutOrElse({
      duration: options.limit,
      orElse: () =>
        Effect.fail(`${command} took longer than ${Duration.format(Duration.fromInputUnsafe(options.limit))}`)
    })
  )

/** The last line that a program wrote, for a sentence about why it failed. */
export const lastLine = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .at(-1) ?? "it said nothing"
