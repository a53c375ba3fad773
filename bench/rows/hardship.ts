import { spawn } from "node:child_process"
import { syntheticLog } from "../support/data.ts"
import { chaussettes, command } from "../support/program.ts"
import { fill, openSite, type Site } from "../support/site.ts"
import { interleaved, type Row } from "./row.ts"

const lines = 500_000
const detectArgs = ["detect", "--until-caught-up", "--allowed-lateness", "60s", "--json"]

interface Detection {
  readonly seconds: number
  readonly lines: number
  readonly windows: number
}

const rateOf = (stdout: string): number => {
  const detection = JSON.parse(stdout.trim().split("\n").at(-1)!) as Detection
  if (detection.lines !== lines) throw new Error(`${detection.lines} lines were read, not ${lines}`)
  return detection.lines / detection.seconds
}

const plain = async (site: Site): Promise<number> => {
  await site.forget()
  return rateOf((await command(site.url, ...detectArgs)).stdout)
}

/** Two processes that do nothing but use the processors. */
const loaded = async (site: Site): Promise<number> => {
  const burners = [1, 2].map(() => spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }))
  try {
    return await plain(site)
  } finally {
    for (const burner of burners) burner.kill("SIGKILL")
  }
}

/** The detector is stopped for two of every five tenths of a second: what the server sends meanwhile must wait, not grow. */
const stopAndGo = async (site: Site): Promise<number> => {
  await site.forget()
  const child = spawn(process.execPath, [chaussettes, ...detectArgs], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, NATS_URL: site.url }
  })
  let stdout = ""
  child.stdout.on("data", (data) => {
    stdout += data
  })
  const timer = setInterval(() => {
    child.kill("SIGSTOP")
    setTimeout(() => child.kill("SIGCONT"), 200)
  }, 500)
  await new Promise((resolve) => child.on("close", resolve))
  clearInterval(timer)
  return rateOf(stdout)
}

const row = (id: string, what: string, hardship: (site: Site) => Promise<number>, atLeast: number): Row => ({
  id,
  what,
  against: "detect undisturbed",
  goal: { of: "ratio", atLeast },
  quick: false,
  measure: async () => {
    const site = await openSite()
    try {
      await fill(site, await syntheticLog(lines), 50)
      return {
        ...(await interleaved(
          3,
          () => hardship(site),
          () => plain(site)
        )),
        unit: "lines/s"
      }
    } finally {
      await site.stop()
    }
  }
})

export const hardship: ReadonlyArray<Row> = [
  row("detect-loaded", "detect beside two processes that use all processors", loaded, 0.2),
  row("detect-stop-and-go", "detect as a slow consumer, stopped for 40% of the time", stopAndGo, 0.3)
]
