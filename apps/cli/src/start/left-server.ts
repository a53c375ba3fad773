import { existsSync, readFileSync } from "node:fs"
import { Effect, Schedule, type Scope } from "effect"

/** Whether that process is a nats-server whose pid file is this one. Where the system does not tell (no /proc) it is left alone. */
const isServerOf = (pid: number, pidFile: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8")
      .split("\0")
      .some((arg) => arg.endsWith(pidFile))
  } catch {
    return false
  }
}

/** The process of the nats-server that wrote a pid file; undefined where it does not run. */
export const runningServer = (pidFile: string): number | undefined => {
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : Number.NaN
  return Number.isInteger(pid) && isServerOf(pid, pidFile) ? pid : undefined
}

/** A server that a killed `start` left behind holds the port and the store: it is ended first. */
export const endLeftServer = Effect.fn("endLeftServer")(function* (
  pidFile: string,
  say: (text: string) => void
): Effect.fn.Return<void, never, Scope.Scope> {
  const pid = runningServer(pidFile)
  if (pid === undefined) return
  say(`Ending the nats-server ${pid} that an earlier start left behind`)
  process.kill(pid, "SIGTERM")
  yield* Effect.sync(() => isServerOf(pid, pidFile)).pipe(
    Effect.repeat({ schedule: Schedule.spaced("50 millis"), until: (alive) => !alive }),
    Effect.timeoutOrElse({ duration: "15 seconds", orElse: () => Effect.sync(() => process.kill(pid, "SIGKILL")) })
  )
})
