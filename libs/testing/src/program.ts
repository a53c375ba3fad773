import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { join } from "node:path"
import { builtFolder } from "./folders.ts"

/** A program that runs beside a test. */
export interface Program {
  readonly child: ChildProcess
  readonly pid: number
  readonly stdout: () => string
  readonly stderr: () => string
  /** Both, in the order in which they came. */
  readonly output: () => string
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Asks it to end, and kills it where it has not after a while. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | NodeJS.Signals>
}

export interface ProgramOptions {
  readonly cwd?: string
  /** Beside what every program gets. */
  readonly env?: NodeJS.ProcessEnv
  /** What it reads on standard input; `open` leaves that to the test. Nothing otherwise. */
  readonly input?: string | Uint8Array | "open"
  /** An open file to which its standard output goes, rather than to the test. */
  readonly stdout?: number
}

const patienceMs = 15_000

/** What this machine's user has set for their own work would lead the programs of a test astray. */
const ownSettings = /^(NATS_(?!SERVER_)|CHAUSSETTES_|OTEL_|LOG_|HTTP_PORT$)/

const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ownSettings.test(name))),
  // Compiled once for all the processes of the tests.
  NODE_COMPILE_CACHE: join(builtFolder, "compiled"),
  NO_COLOR: "1"
})

const living = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL")
})

export const start = (command: string, args: ReadonlyArray<string>, options: ProgramOptions = {}): Program => {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...environment(), ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", options.stdout ?? "pipe", "pipe"]
  })
  living.add(child)
  let [stdout, stderr, output] = ["", "", ""]
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
    output += text
  })
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
    output += text
  })
  // It may end before it has read all.
  child.stdin?.on("error", () => {})
  if (options.input !== "open") child.stdin?.end(options.input)
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => {
      living.delete(child)
      resolve(code ?? signal!)
    })
  })
  return {
    child,
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    output: () => output,
    ended,
    stop: (signal = "SIGTERM") => {
      child.kill(signal)
      const patience = setTimeout(() => child.kill("SIGKILL"), patienceMs)
      return ended.finally(() => clearTimeout(patience))
    }
  }
}

/** What a program has left behind. */
export interface Ran {
  readonly code: number | NodeJS.Signals
  readonly stdout: string
  readonly stderr: string
  /** Both, in the order in which they came. */
  readonly output: string
}

/** Waits for its end. */
export const finished = async (program: Program): Promise<Ran> => {
  const code = await program.ended
  return { code, stdout: program.stdout(), stderr: program.stderr(), output: program.output() }
}

/** Runs a program to its end. */
export const run = (command: string, args: ReadonlyArray<string>, options?: ProgramOptions): Promise<Ran> =>
  finished(start(command, args, options))

/** What it printed; fails with all that it said where it did not end well. */
export const succeeded = async (running: Promise<Ran>): Promise<string> => {
  const { code, stdout, output } = await running
  if (code !== 0) throw new Error(`it ended with ${code}:\n${output}`)
  return stdout
}

/** Whether it is on PATH. */
export const hasProgram = (name: string): boolean => spawnSync(name, ["--version"]).status === 0
