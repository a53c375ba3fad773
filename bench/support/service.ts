import { type ChildProcess, spawn } from "node:child_process"
import { chaussettes } from "./program.ts"

/** A service of ours that runs beside a measurement, until it is stopped. */
export interface Service {
  readonly pid: number
  /** Milliseconds from exec to ready. */
  readonly readyMs: number
  readonly stop: () => Promise<void>
}

/** Starts `chaussettes detect` and waits until it says that it is ready. */
export const startDetect = async (url: string, args: ReadonlyArray<string> = []): Promise<Service> => {
  const startedMs = performance.now()
  const child: ChildProcess = spawn(process.execPath, [chaussettes, "detect", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, NATS_URL: url, LOG_FORMAT: "json" }
  })
  let said = ""
  await new Promise<void>((resolve, reject) => {
    child.stderr!.on("data", (data) => {
      said = (said + data).slice(-4_000)
      if (said.includes("Detecting")) resolve()
    })
    child.on("exit", (code) => reject(new Error(`detect ended with ${code}: ${said}`)))
  })
  return {
    pid: child.pid!,
    readyMs: performance.now() - startedMs,
    stop: () =>
      new Promise((resolve) => {
        child.on("exit", () => resolve())
        child.kill("SIGTERM")
      })
  }
}
