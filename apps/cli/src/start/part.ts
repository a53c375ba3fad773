import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { visibleText } from "@chaussettes/domain"
import { failed, formatSpan, type UserFailure } from "@chaussettes/service"
import { Clock, Effect, type Scope } from "effect"
import { LogFile } from "./log-file.ts"

/** A process of `start`: the server, or one of the apps. */
export interface PartSpec {
  readonly name: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly env: NodeJS.ProcessEnv
  readonly logFile: string
  /** What of its log the terminal shows, too; undefined leaves a line to the file. */
  readonly show: (line: string) => string | undefined
  /** Of those the terminal shows so many a second; the log has them all. */
  readonly shownASecond?: number
  /** How long it may take to end on SIGTERM before it is killed. */
  readonly endMs: number
  /** The exit code that says that it was called wrongly; a server has none, and says 2 when its memory is used up. */
  readonly wrongUsageCode: number | undefined
}

const firstRestartMs = 500
const longestRestartMs = 30_000
/** A part that ran so long before it died starts again at once, as if it never had died. */
const wellAfterMs = 60_000
const keptLines = 100
const shownASecond = 20

/** Hands on what is said, and of more than `most` within a second only how many they were, with the next that is handed on. */
const atMost = (most: number, say: (text: string) => void): ((text: string) => void) => {
  let [sinceMs, said, left] = [0, 0, 0]
  return (text) => {
    const nowMs = performance.now()
    if (nowMs - sinceMs >= 1_000) {
      if (left > 0) say(`${left} more lines in its log`)
      sinceMs = nowMs
      said = 0
      left = 0
    }
    if (said++ < most) say(text)
    else left++
  }
}

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  readonly lastLines: () => ReadonlyArray<string>
}

const launch = (spec: PartSpec, log: LogFile, say: (text: string) => void): Running => {
  // A session of its own, so that Ctrl-C in the terminal reaches `start` alone, which ends the parts one behind the other.
  // Its standard input ends when `start` does, however that dies: then it ends itself (see `runMain`).
  const child = spawn(spec.command, spec.args, {
    env: { ...spec.env, CHAUSSETTES_SUPERVISED: "1" },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true
  })
  const last: Array<string> = []
  const show = atMost(spec.shownASecond ?? shownASecond, (shown) => say(`${spec.name}: ${visibleText(shown)}`))
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream! }).on("line", (line) => {
      log.write(line)
      last.push(line)
      if (last.length > keptLines) last.shift()
      const shown = spec.show(line)
      if (shown !== undefined) show(shown)
    })
  }
  child.stdin!.on("error", () => {})
  return {
    child,
    lastLines: () => last,
    ended: new Promise((resolve) => {
      child.once("error", (error) => {
        last.push(error.message)
        resolve({ code: 1, signal: null })
      })
      child.once("close", (code, signal) => resolve({ code, signal }))
    })
  }
}

const how = ({ code, signal }: { readonly code: number | null; readonly signal: NodeJS.Signals | null }): string =>
  signal === null ? `with exit code ${code}` : `by ${signal}`

/** Asks it to end, waits, and takes it down when it does not. */
const end = (running: Running, spec: PartSpec, say: (text: string) => void): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (running.child.exitCode !== null || running.child.signalCode !== null) return Effect.void
    running.child.kill("SIGTERM")
    return Effect.promise(() => running.ended).pipe(
      Effect.timeoutOrElse({
        duration: spec.endMs,
        orElse: () => {
          say(`${spec.name} did not stop within ${formatSpan(spec.endMs)}: killing it`)
          running.child.kill("SIGKILL")
          return Effect.promise(() => running.ended)
        }
      }),
      Effect.asVoid
    )
  })

export interface Part {
  readonly name: string
  readonly pid: () => number | undefined
  /** How often it was started again. */
  readonly restarts: () => number
  /** Ends it as at the end of all, and starts it again at once. */
  readonly restart: Effect.Effect<void>
}

/**
 * Keeps a part running for as long as the scope is open, and ends it with that. A part that dies is said and started again, after
 * longer and longer pauses. One that was called wrongly fails the whole: starting it again would not help. `whole` is where
 * that failure goes.
 */
export const supervise = (
  spec: PartSpec,
  say: (text: string) => void,
  whole: (failure: UserFailure) => Effect.Effect<void>
): Effect.Effect<Part, never, Scope.Scope> =>
  Effect.gen(function* () {
    let running: Running | undefined
    let restarts = 0
    let isWanted = false
    const log = yield* Effect.acquireRelease(
      Effect.sync(() => new LogFile(spec.logFile, say)),
      (opened) => Effect.promise(() => opened.end())
    )
    const live = Effect.gen(function* () {
      let pauseMs = firstRestartMs
      while (true) {
        const startedMs = yield* Clock.currentTimeMillis
        const now = launch(spec, log, say)
        running = now
        const ended = yield* Effect.promise(() => now.ended).pipe(Effect.onInterrupt(() => end(now, spec, say)))
        if (isWanted) {
          isWanted = false
          restarts++
          continue
        }
        const lines = now.lastLines()
        // What Go says behind it are the places in its source.
        const why = lines.find((line) => /^(fatal error|panic): /.test(line)) ?? lines.at(-1) ?? "it said nothing"
        if (ended.code !== null && ended.code === spec.wrongUsageCode) {
          yield* whole(failed(`${spec.name} cannot run: ${why}`))
          return
        }
        if ((yield* Clock.currentTimeMillis) - startedMs > wellAfterMs) pauseMs = firstRestartMs
        say(`${spec.name} ended ${how(ended)} (${visibleText(textOf(why))}); restarting it in ${formatSpan(pauseMs)}`)
        restarts++
        yield* Effect.sleep(pauseMs)
        pauseMs = Math.min(pauseMs * 2, longestRestartMs)
      }
    })
    yield* Effect.forkScoped(live)
    return {
      name: spec.name,
      pid: () => running?.child.pid,
      restarts: () => restarts,
      restart: Effect.suspend(() => {
        if (running === undefined) return Effect.void
        isWanted = true
        return end(running, spec, say)
      })
    }
  })

/** The message of a line of JSON, or the line itself. */
const textOf = (line: string): string => {
  if (!line.startsWith("{")) return line
  try {
    const { message } = JSON.parse(line) as { message?: unknown }
    return Array.isArray(message) ? message.map(String).join(" ") : typeof message === "string" ? message : line
  } catch {
    return line
  }
}

/** What of an app's log a person should see at once: from a level on, and what is no log line at all. */
export const showing =
  (levels: RegExp) =>
  (line: string): string | undefined => {
    if (!line.startsWith("{")) return line
    try {
      const { level } = JSON.parse(line) as { level?: unknown }
      return levels.test(String(level)) ? textOf(line) : undefined
    } catch {
      return line
    }
  }

export const warningsOn = /^(warn|error|fatal)/i
export const errorsOn = /^(error|fatal)/i
