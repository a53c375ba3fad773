import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:net"
import { join } from "node:path"
import { failed, reasonOf, refuseOthersFile, UserFailure } from "@chaussettes/service"
import { Effect, type Scope } from "effect"

/** When a process was started, in the kernel's words: tells a process from a later one of the same number. Empty where unknown. */
const bornOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""
  } catch {
    return ""
  }
}

const isAlive = (pid: number, born: string): boolean => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
  return born === "" || bornOf(pid) === born
}

export const stateFailure =
  (dir: string) =>
  (error: unknown): UserFailure =>
    // What was refused says why itself.
    error instanceof UserFailure
      ? error
      : failed(`Cannot store state in ${dir}: ${reasonOf(error)}. Make room, or give another folder with --dir.`, error)

/**
 * The folder of all state, made for this user alone, with its parts. What another user put there, or could, is refused: logs would be written
 * through a link of his, and the streams kept where he likes.
 */
export const stateFolder = (dir: string): Effect.Effect<string, UserFailure> =>
  Effect.try({
    try: () => {
      for (const folder of [dir, join(dir, "logs"), join(dir, "jetstream")]) {
        refuseOthersFile(folder)
        mkdirSync(folder, { recursive: true, mode: 0o700 })
      }
      for (const folder of [dir, join(dir, "logs")])
        for (const name of readdirSync(folder)) refuseOthersFile(join(folder, name))
      return dir
    },
    catch: stateFailure(dir)
  })

/** Makes this the only `start` of a folder for as long as the scope is open; what a killed one left behind is taken over. */
export const onlyOne = (dir: string): Effect.Effect<void, UserFailure, Scope.Scope> => {
  const path = join(dir, "start.pid")
  return Effect.acquireRelease(
    Effect.gen(function* () {
      const attempt = <A>(work: () => A) => Effect.try({ try: work, catch: stateFailure(dir) })
      const noted = yield* attempt(() => (existsSync(path) ? readFileSync(path, "utf8") : ""))
      const [pid = "", born = ""] = noted.trim().split(" ")
      if (pid !== "" && isAlive(Number(pid), born)) {
        return yield* failed(
          `Chaussettes is already running with its state in ${dir} (process ${pid}). Stop it, or give this one another folder with --dir and other ports with --nats-port, --port and --metrics-port.`
        )
      }
      yield* attempt(() => writeFileSync(path, `${process.pid} ${bornOf(process.pid)}\n`, { mode: 0o600 }))
    }),
    () => Effect.sync(() => rmSync(path, { force: true }))
  )
}

/**
 * Fails when nobody can listen on a port of the loopback address; with 0 answers one that is free. It is held for as long as the scope
 * is open: several that are asked for together must differ.
 */
export const freePort = (port: number, flag: string): Effect.Effect<number, UserFailure, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Server, UserFailure>((resume) => {
      const server = createServer()
      server.once("error", (error) =>
        resume(
          Effect.fail(
            failed(
              `Cannot listen on 127.0.0.1:${port}: ${reasonOf(error)}. Stop what listens there, or give another port with ${flag}.`
            )
          )
        )
      )
      server.listen(port, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
  ).pipe(Effect.map((server) => (server.address() as { port: number }).port))
