import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { setTimeout as delay } from "node:timers/promises"
import { compiled, mainFile } from "./run.ts"
import { projectFolder } from "./server.ts"

export interface Started {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<number | null>
  /** The processes below this one, by their command lines. */
  readonly processes: () => ReadonlyArray<{ readonly pid: number; readonly args: string }>
}

const all = () =>
  spawnSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" })
    .stdout.split("\n")
    .flatMap((line) => {
      const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)
      return match === null ? [] : [{ pid: Number(match[1]), parent: Number(match[2]), args: match[3]! }]
    })

/** `chaussettes start` on free ports. */
export const started = (dir: string, args: ReadonlyArray<string> = []): Started => {
  const child = spawn(process.execPath, [mainFile, "start", "--dir", dir, "--nats-port", "0", "--port", "0", ...args], {
    cwd: projectFolder,
    env: { ...process.env, ...compiled },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let [stdout, stderr] = ["", ""]
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk
  })
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk
  })
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended: new Promise((resolve) => child.once("close", (code) => resolve(code))),
    processes: () => all().filter(({ parent }) => parent === child.pid)
  }
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    // One that has ended and that nobody has waited for yet (`Z`) is there by its number only.
    return !/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return process.platform !== "linux"
  }
}

/** Waits for something to become so; fails with what was seen when it does not. */
export const until = async <A>(
  what: string,
  probe: () => A | undefined | Promise<A | undefined>,
  limitMs = 60_000,
  seen: () => string = () => ""
): Promise<A> => {
  const deadlineMs = Date.now() + limitMs
  while (Date.now() < deadlineMs) {
    const value = await probe()
    if (value !== undefined) return value
    await delay(50)
  }
  throw new Error(`It did not happen within ${limitMs} ms: ${what}\n${seen()}`)
}
