import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { type Program, startChaussettes } from "@chaussettes/testing"

export interface Started extends Program {
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
export const started = (dir: string, args: ReadonlyArray<string> = [], env: NodeJS.ProcessEnv = {}): Started => {
  const program = startChaussettes(
    ["start", "--dir", dir, "--nats-port", "0", "--port", "0", "--metrics-port", "0", ...args],
    { env }
  )
  return { ...program, processes: () => all().filter(({ parent }) => parent === program.pid) }
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
