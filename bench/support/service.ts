import { type ChildProcess, spawn } from "node:child_process"
import { setTimeout } from "node:timers/promises"
import { chaussettes, peakHook } from "./program.ts"

/** A service of ours that runs beside a measurement, until it is stopped. */
export interface Service {
  readonly pid: number
  /** Milliseconds from exec to ready. */
  readonly readyMs: number
  /** Answers the most memory that it had, in MiB. */
  readonly stop: () => Promise<number>
}

/** Starts a command and waits until what it says has what `isReady` looks for, which is answered as well. */
const start = async (
  url: string,
  args: ReadonlyArray<string>,
  isReady: RegExp,
  nodeFlags: ReadonlyArray<string> = []
): Promise<Service & { readonly said: string }> => {
  const startedMs = performance.now()
  const child: ChildProcess = spawn(process.execPath, [...nodeFlags, `--import=${peakHook}`, chaussettes, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, NATS_URL: url, LOG_FORMAT: "json" }
  })
  let said = ""
  const ready = await new Promise<string>((resolve, reject) => {
    child.stderr!.on("data", (data) => {
      said = (said + data).slice(-4_000)
      const found = isReady.exec(said)?.[0]
      if (found !== undefined) resolve(found)
    })
    child.on("exit", (code) => reject(new Error(`${args[0]} ended with ${code}: ${said}`)))
  })
  return {
    said: ready,
    pid: child.pid!,
    readyMs: performance.now() - startedMs,
    stop: () =>
      new Promise((resolve) => {
        child.on("close", () => resolve(Number(/peak-memory-mib (\d+(?:\.\d+)?)/.exec(said)?.[1])))
        child.kill("SIGTERM")
      })
  }
}

/** Starts `chaussettes detect` and waits until it says that it is ready. */
export const startDetect = (url: string, args: ReadonlyArray<string> = []): Promise<Service> =>
  start(url, ["detect", ...args], /Detecting/)

/** The flags that Node has for it in a container (deploy/Dockerfile) and in `chaussettes start`. */
const smallNurseries = ["--max-semi-space-size=4"]

/** Starts the page's process, and waits until it has read all of WINDOWS. */
export const startDashboard = async (url: string): Promise<Service> => {
  const service = await start(url, ["dashboard", "--port", "0"], /http:\/\/127\.0\.0\.1:\d+/, smallNurseries)
  for (let loaded = 0; loaded < 1; ) {
    await setTimeout(500)
    const answer = await fetch(`${service.said}/api/v1/series?from=0&to=1`)
    loaded = ((await answer.json()) as { readonly loaded: number }).loaded
  }
  return service
}
