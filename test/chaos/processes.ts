import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"

/** One process of the command. */
export interface Running {
  readonly child: ChildProcess
  readonly pid: number
  /** What it has written on stderr, the last part of it. */
  readonly words: () => string
  /** How much it has written on stderr, in characters; and what it has written since it had written so much. */
  readonly wordsLength: () => number
  readonly wordsSince: (length: number) => string
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>
  readonly hasEnded: () => boolean
}

const keptChars = 4_000
const living = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL")
})

/** Starts the built command. */
export const start = (
  program: string,
  args: ReadonlyArray<string>,
  stdout: "ignore" | "pipe" = "ignore",
  node: ReadonlyArray<string> = []
): Running => {
  const child = spawn(process.execPath, [...node, program, ...args], { stdio: ["pipe", stdout, "pipe"] })
  living.add(child)
  let words = ""
  let forgotten = 0
  let over = false
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    words += text
    forgotten += Math.max(0, words.length - keptChars)
    words = words.slice(-keptChars)
  })
  child.stdin!.on("error", () => {}) // It may be killed while it is fed.
  const ended = once(child, "close").then(([code]) => {
    over = true
    living.delete(child)
    return code as number | null
  })
  return {
    child,
    pid: child.pid!,
    words: () => words,
    wordsLength: () => forgotten + words.length,
    wordsSince: (length) => words.slice(Math.max(0, length - forgotten)),
    ended,
    hasEnded: () => over
  }
}

/** Runs the command to its end; answers its exit code and what it printed. */
export const run = async (program: string, args: ReadonlyArray<string>) => {
  const running = start(program, args, "pipe")
  const pieces: Array<Buffer> = []
  running.child.stdout!.on("data", (piece: Buffer) => pieces.push(piece))
  running.child.stdin!.end()
  const code = await running.ended
  return { code, stdout: Buffer.concat(pieces), stderr: running.words() }
}

/** The detectors that run, each with a supervisor that notes when one ends by itself. */
export class Detectors {
  readonly #program: string
  readonly #flags: ReadonlyArray<string>
  readonly #running = new Set<Running>()
  readonly #doomed = new Set<number>()
  /** While the server is down a detector that has just been started may say so and end. */
  serverIsDown = false
  kills = 0
  /** Lives that were begun, and those that found records newer than the checkpoint: the one before died in the middle of its work. */
  lives = 0
  livesInTheMiddle = 0
  readonly endedByThemselves: Array<string> = []

  constructor(program: string, flags: ReadonlyArray<string>) {
    this.#program = program
    this.#flags = flags
  }

  /** @param node further arguments of Node itself */
  start(url: string, node: ReadonlyArray<string> = []): Running {
    const detector = start(this.#program, ["detect", "--server", url, ...this.#flags], "ignore", node)
    this.#running.add(detector)
    void detector.ended.then((code) => {
      this.#running.delete(detector)
      for (const [, records] of detector.words().matchAll(/"records_to_check":(\d+)/g)) {
        this.lives++
        if (records !== "0") this.livesInTheMiddle++
      }
      if (this.#doomed.has(detector.pid) || this.serverIsDown) return
      this.endedByThemselves.push(`detector ${detector.pid} ended with ${code}: ${detector.words()}`)
    })
    return detector
  }

  byPid(pid: number): Running | undefined {
    return [...this.#running].find((detector) => detector.pid === pid)
  }

  get all(): ReadonlyArray<Running> {
    return [...this.#running]
  }

  /** `kill -9` */
  async kill(detector: Running): Promise<void> {
    this.#doomed.add(detector.pid)
    if (!detector.hasEnded()) this.kills++
    detector.child.kill("SIGKILL")
    await detector.ended
  }

  /** SIGTERM, as before an upgrade. */
  async end(detector: Running): Promise<void> {
    this.#doomed.add(detector.pid)
    detector.child.kill("SIGTERM")
    await detector.ended
  }

  /** SIGTERM to all; answers their exit codes. */
  async stopAll(): Promise<ReadonlyArray<number | null>> {
    return Promise.all(
      this.all.map((detector) => {
        this.#doomed.add(detector.pid)
        detector.child.kill("SIGTERM")
        const patience = setTimeout(() => detector.child.kill("SIGKILL"), 15_000)
        return detector.ended.finally(() => clearTimeout(patience))
      })
    )
  }
}
