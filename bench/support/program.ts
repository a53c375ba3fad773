import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

export const chaussettes = fileURLToPath(new URL("../../dist/chaussettes.mjs", import.meta.url))
/** Makes a process say at its end how much memory it had at most. */
export const peakHook = new URL("./peak-memory.mjs", import.meta.url).href

/** What a finished process says of itself. */
export interface Finished {
  readonly stdout: string
  readonly ms: number
  readonly peakMiB: number
}

/** Runs a program to its end; throws with its last words when it fails. */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  env: Record<string, string> = {}
): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const startedMs = performance.now()
    const isNode = command === process.execPath
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env, ...(isNode ? { NODE_OPTIONS: `--import=${peakHook}` } : {}) }
    })
    let [stdout, stderr] = ["", ""]
    let peakMiB = 0
    const watch = setInterval(() => {
      peakMiB = Math.max(peakMiB, peakOf(child.pid))
    }, 50)
    child.stdout.on("data", (data) => {
      stdout += data
    })
    child.stderr.on("data", (data) => {
      stderr = (stderr + data).slice(-4_000)
    })
    child.on("error", reject)
    child.on("close", (code) => {
      clearInterval(watch)
      const said = /peak-memory-mib (\d+(?:\.\d+)?)/.exec(stderr)
      if (said !== null) peakMiB = Number(said[1])
      if (code === 0) resolve({ stdout, ms: performance.now() - startedMs, peakMiB })
      else
        reject(
          Object.assign(new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr.trim()}`), { stdout })
        )
    })
  })

/** Peak resident memory of a process so far, from the kernel; 0 where it cannot be told. */
const peakOf = (pid: number | undefined): number => memoryLine(pid, "VmHWM")
/** Resident memory of a process now. */
export const residentOf = (pid: number | undefined): number => memoryLine(pid, "VmRSS")

const memoryLine = (pid: number | undefined, name: string): number => {
  try {
    const line = readFileSync(`/proc/${pid}/status`, "utf8").match(new RegExp(`${name}:\\s+(\\d+)`))
    return line === null ? 0 : Number(line[1]) / 1024
  } catch {
    return 0
  }
}

/** The command of this repository, as it is built, against a server. */
export const command = (url: string, ...args: ReadonlyArray<string>): Promise<Finished> =>
  run(process.execPath, [chaussettes, ...args], { NATS_URL: url })

/** A task of this folder, in a process of its own; it prints one JSON object. */
export const task = async <A>(
  name: string,
  ...args: ReadonlyArray<string>
): Promise<A & { readonly peakMiB: number }> => {
  const path = fileURLToPath(new URL(`../tasks/${name}.ts`, import.meta.url))
  const { stdout, peakMiB } = await run(process.execPath, [path, ...args])
  return { ...(JSON.parse(stdout) as A), peakMiB }
}
