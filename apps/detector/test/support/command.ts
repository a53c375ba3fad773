import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../../../cli/src/main.ts", import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command as a user does, from its sources, and waits for its end. */
export const chaussettes = (args: ReadonlyArray<string>, input?: string | Uint8Array): Promise<Ended> =>
  run([process.execPath, main, ...args], input)

/** The same as on a machine with one processor. */
export const onOneProcessor = (args: ReadonlyArray<string>): Promise<Ended> =>
  run(["taskset", "--cpu-list", "0", process.execPath, main, ...args])

const run = ([program, ...args]: ReadonlyArray<string>, input?: string | Uint8Array): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(program!, args, { stdio: ["pipe", "pipe", "pipe"] })
    let [stdout, stderr] = ["", ""]
    child.stdout.on("data", (data) => {
      stdout += data
    })
    child.stderr.on("data", (data) => {
      stderr += data
    })
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, stdout, stderr }))
    child.stdin.on("error", () => undefined) // it may have ended before it read all
    child.stdin.end(input)
  })
