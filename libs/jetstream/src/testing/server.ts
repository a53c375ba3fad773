import { type ChildProcess, spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { Context, Effect, Layer } from "effect"

export interface ServerOptions {
  /** Configuration text, added to what the test server sets itself (address, port, store). */
  readonly config?: string
  /** Settings inside the `jetstream` block, such as `max_file_store: 1GB`. A block of one's own would replace the store. */
  readonly jetstream?: string
  /** Without JetStream. */
  readonly plain?: boolean
  /** How long the server may take to answer. Default 20 s. */
  readonly readyMs?: number
}

/** A nats-server of one's own: on a port that it chose itself, with a store of its own, gone at the end. */
export interface RunningServer {
  readonly url: string
  readonly port: number
  readonly storeDir: string
  readonly pid: number
  /** What the server has written on its log. */
  readonly log: () => string
  /** Asks it to end (SIGTERM) and waits; removes the store. Safe to call twice. */
  readonly stop: () => Promise<void>
  /** SIGKILL: as a crash or a power cut of the process. The store stays; `restart` goes on from it. */
  readonly kill: () => Promise<void>
  /** SIGTERM with the store kept. */
  readonly shutdown: () => Promise<void>
  /** Starts it again on the same port and store, ending it first where it still runs. */
  readonly restart: (config?: string) => Promise<void>
  /** SIGSTOP: connections stay, nothing answers any more when this returns. */
  readonly pause: () => void
  /** SIGCONT. */
  readonly resume: () => void
}

/** The server's program: `NATS_SERVER_BIN`, or the one on PATH. */
export const serverProgram = (): string => process.env.NATS_SERVER_BIN ?? "nats-server"

/**
 * A test that dies, however it dies, must not leave its server and store behind: a shell waits on a pipe that ends with this
 * process, and then ends both.
 */
export const dieTogether = (server: ChildProcess, dir: string): void => {
  const script = 'read _; kill -9 "$1"; rm -rf "$2"'
  const guard = spawn("sh", ["-c", script, "sh", `${server.pid}`, dir], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true
  })
  guard.unref()
  guard.once("error", () => undefined)
  // It must not kill whoever gets the same number later.
  server.once("exit", () => guard.kill("SIGKILL"))
}

const until = async <A>(limitMs: number, what: () => string, poll: () => Promise<A | undefined>): Promise<A> => {
  const deadline = Date.now() + limitMs
  for (;;) {
    const value = await poll()
    if (value !== undefined) return value
    if (Date.now() > deadline) throw new Error(`${what()} (waited ${limitMs} ms)`)
    await delay(10)
  }
}

/** Starts a nats-server and waits until JetStream answers. */
export const startServer = async (options: ServerOptions = {}): Promise<RunningServer> => {
  const dir = await mkdtemp(join(tmpdir(), "chaussettes-nats-"))
  const storeDir = join(dir, "store")
  const configFile = join(dir, "nats.conf")
  const readyMs = options.readyMs ?? 20_000
  let config = options.config ?? ""
  let child: ChildProcess | undefined
  let output = ""
  let port = 0
  let stopped = false

  const portOf = async (pid: number): Promise<number | undefined> => {
    const file = (await readdir(dir)).find((name) => name.endsWith(`_${pid}.ports`))
    if (file === undefined) return undefined
    try {
      const ports = JSON.parse(await readFile(join(dir, file), "utf8")) as {
        nats?: ReadonlyArray<string>
        tls?: ReadonlyArray<string>
      }
      const url = (ports.nats ?? ports.tls)?.[0]
      return url === undefined ? undefined : Number(new URL(url.replace(/^\w+:/, "http:")).port)
    } catch {
      return undefined // The file is there before its content is.
    }
  }

  const start = async () => {
    const jetstream = options.plain
      ? ""
      : `jetstream {\nstore_dir: ${JSON.stringify(storeDir)}\n${options.jetstream ?? ""}\n}\n`
    await writeFile(configFile, `${jetstream}${config}\n`)
    const from = output.length
    const args = ["-c", configFile, "-a", "127.0.0.1", "-p", `${port === 0 ? -1 : port}`, "--ports_file_dir", dir]
    const started = spawn(serverProgram(), args, { stdio: ["ignore", "pipe", "pipe"] })
    child = started
    let failure: Error | undefined
    started.once("error", (error) => {
      failure = error
    })
    started.once("spawn", () => dieTogether(started, dir))
    for (const stream of [started.stdout, started.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text
      })
    }
    port = await until(
      readyMs,
      () => `nats-server did not become ready:\n${output.slice(from)}`,
      async () => {
        if (failure !== undefined) throw failure
        if (started.exitCode !== null) throw new Error(`nats-server ended:\n${output.slice(from)}`)
        return output.slice(from).includes("Server is ready") ? portOf(started.pid!) : undefined
      }
    )
  }

  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    const running = child
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const gone = new Promise<void>((resolve) => running.once("exit", () => resolve()))
    // A paused process hears nothing but SIGKILL.
    running.kill("SIGCONT")
    running.kill(signal)
    const patience = setTimeout(() => running.kill("SIGKILL"), 10_000)
    await gone
    clearTimeout(patience)
  }

  const stop = async () => {
    if (stopped) return
    stopped = true
    await end("SIGTERM")
    await rm(dir, { recursive: true, force: true, maxRetries: 3 })
  }

  try {
    await start()
  } catch (error) {
    await end("SIGKILL")
    await rm(dir, { recursive: true, force: true })
    throw error
  }

  return {
    get url() {
      return `nats://127.0.0.1:${port}`
    },
    get port() {
      return port
    },
    get pid() {
      return child?.pid ?? 0
    },
    storeDir,
    log: () => output,
    stop,
    kill: () => end("SIGKILL"),
    shutdown: () => end("SIGTERM"),
    restart: async (changed) => {
      await end("SIGTERM")
      if (changed !== undefined) config = changed
      await start()
    },
    pause: () => {
      child?.kill("SIGSTOP")
      // Each thread stops on a processor of its own, and the last one may still answer for a moment.
      while (child?.pid !== undefined && !hasStopped(child.pid)) {}
    },
    resume: () => void child?.kill("SIGCONT")
  }
}

/** Whether all threads of a process stand still; where the kernel does not tell it is taken for so. */
const hasStopped = (pid: number): boolean => {
  try {
    const tasks = `/proc/${pid}/task`
    return readdirSync(tasks).every((task) => /^\d+ \(.*\) T /.test(readFileSync(join(tasks, task, "stat"), "utf8")))
  } catch {
    return true
  }
}

/** A test server as a layer: started with it, gone with it. */
export class TestServer extends Context.Service<TestServer, RunningServer>()("@chaussettes/jetstream/TestServer") {
  static readonly layer = (options: ServerOptions = {}) =>
    Layer.effect(
      TestServer,
      Effect.acquireRelease(
        Effect.promise(() => startServer(options)),
        (server) => Effect.promise(() => server.stop())
      )
    )
}
