import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { askShip, type ShipState } from "@chaussettes/service"
import { chaussettes } from "./program.ts"

/** A `chaussettes ship` that runs beside a measurement. */
export interface Ship {
  readonly pid: number
  /** Waits until so many bytes are stored in LOGS and none are left, and says when. */
  readonly stored: (bytes: number) => Promise<number>
  readonly stop: () => Promise<void>
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const askEveryMs = 5

export const startShip = (url: string, source: string, logs: ReadonlyArray<string>): Ship => {
  const child = spawn(process.execPath, [chaussettes, "ship", "--source", source, "--", ...logs], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, NATS_URL: url, LOG_FORMAT: "json" }
  })
  let [said, hasEnded] = ["", false]
  child.stderr.on("data", (data) => {
    said = (said + data).slice(-4_000)
  })
  const ended = new Promise<void>((resolve) =>
    child.on("exit", () => {
      hasEnded = true
      resolve()
    })
  )
  const isStored = (state: ShipState | undefined, bytes: number): boolean =>
    state !== undefined &&
    state.files.reduce((sum, { sent_bytes }) => sum + sent_bytes, 0) >= bytes &&
    state.files.every(({ lag_bytes }) => lag_bytes === 0)
  return {
    pid: child.pid!,
    stored: async (bytes) => {
      while (!isStored(await askShip(source), bytes)) {
        if (hasEnded) throw new Error(`ship ended: ${said}`)
        await wait(askEveryMs)
      }
      return performance.now()
    },
    stop: () => {
      child.kill("SIGTERM")
      return ended
    }
  }
}

/** Processor time that a process has used so far, in ms: the kernel counts it in hundredths of a second. */
export const processorMsOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ")
  return (Number(fields[11]) + Number(fields[12])) * 10
}
