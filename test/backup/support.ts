import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"

/** What the tests of operating the system share: the command and other programs as processes. */

export const projectFolder = fileURLToPath(new URL("../../", import.meta.url))
const main = join(projectFolder, "apps", "cli", "src", "main.ts")

export interface Process {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<number | string>
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | string>
}

const living = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL")
})

export const start = (
  command: string,
  args: ReadonlyArray<string>,
  env: Record<string, string> = {},
  input: "ignore" | "pipe" = "ignore"
): Process => {
  const child = spawn(command, args, {
    cwd: projectFolder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: [input, "pipe", "pipe"]
  })
  living.add(child)
  let [stdout, stderr] = ["", ""]
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
  })
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
  })
  const ended = new Promise<number | string>((resolve) =>
    child.once("close", (code, signal) => {
      living.delete(child)
      resolve(code ?? signal!)
    })
  )
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    stop: (signal = "SIGTERM") => {
      child.kill(signal)
      return ended
    }
  }
}

/** `chaussettes …` from source. */
export const chaussettes = (args: ReadonlyArray<string>, env: Record<string, string>, input?: "pipe"): Process =>
  start(process.execPath, [main, ...args], env, input)

/** To its end; fails with what it said where that is not 0. */
export const done = async (process: Process): Promise<string> => {
  const code = await process.ended
  if (code !== 0) throw new Error(`it ended with ${code}: ${process.child.spawnargs.join(" ")}\n${process.stderr()}`)
  return process.stdout()
}

/** Polls until there is a value; fails with what it waited for. */
export const until = async <A>(
  what: string,
  poll: () => Promise<A | undefined> | A | undefined,
  limitMs = 30_000,
  seen: () => string = () => ""
): Promise<A> => {
  const deadlineMs = Date.now() + limitMs
  for (;;) {
    const value = await poll()
    if (value !== undefined) return value
    if (Date.now() > deadlineMs) throw new Error(`waited ${limitMs} ms for ${what}\n${seen()}`)
    await delay(25)
  }
}

export interface Verified {
  readonly ok: boolean
  readonly lines: number
  readonly windows: { readonly same: number; readonly lost: number; readonly extra: number; readonly different: number }
  readonly alerts: Verified["windows"]
  readonly unverifiable: { readonly records: number }
  readonly undecided: { readonly messages: number }
}

/** What `verify` says, whatever it ends with. */
export const verify = async (env: Record<string, string>): Promise<Verified> => {
  const run = chaussettes(["verify", "--json"], env)
  await run.ended
  return JSON.parse(run.stdout())
}

export interface StreamState {
  readonly messages: number
  readonly first_seq: number
  readonly last_seq: number
}

/** The state of a stream, by the `nats` CLI. */
export const stateOf = async (stream: string, env: Record<string, string>): Promise<StreamState> =>
  JSON.parse(await done(start("nats", ["stream", "info", stream, "--json"], env))).state
