import { syntheticLog } from "../support/data.ts"
import { residentOf, run, task } from "../support/program.ts"
import { startDashboard, startDetect } from "../support/service.ts"
import { fill, openSite, type Site } from "../support/site.ts"
import type { Row } from "./row.ts"

const settled = () => new Promise((resolve) => setTimeout(resolve, 2_000))

/** Waits until all of LOGS was delivered to the detector. */
const caughtUp = (site: Site) => task("wait-read", site.url)

const idle: Row = {
  id: "memory-idle",
  what: "memory of the detector, idle",
  against: "—",
  goal: { of: "ours", atMost: 110 },
  quick: true,
  measure: async () => {
    const site = await openSite()
    const service = await startDetect(site.url)
    try {
      await settled()
      return { ours: [residentOf(service.pid)], theirs: [], unit: "MiB" }
    } finally {
      await service.stop()
      await site.stop()
    }
  }
}

const afterLines: Row = {
  id: "memory-flat",
  what: "memory of the detector after 10 M lines",
  // Until then the young generation of both threads has grown to its bound.
  against: "the same after 4 M lines",
  goal: { of: "ratio", atMost: 1.1 },
  quick: false,
  measure: async () => {
    const site = await openSite()
    const lines = 2_000_000
    const service = await startDetect(site.url, ["--allowed-lateness", "1m"])
    try {
      const resident: Array<number> = []
      for (let times = 0; times < 5; times++) {
        await fill(site, await syntheticLog(lines, times * lines), 50)
        await caughtUp(site)
        await settled()
        resident.push(residentOf(service.pid))
      }
      return { ours: [resident.at(-1)!], theirs: [resident[1]!], unit: "MiB" }
    } finally {
      await service.stop()
      await site.stop()
    }
  }
}

const manyKeys: Row = {
  id: "memory-keys",
  what: "memory of the detection with 1 M distinct IPs and as many URLs in one window, peak",
  against: "—",
  goal: { of: "ours", atMost: 350 },
  quick: false,
  measure: async () => {
    const { peakMiB } = await task("many-keys", "1000000")
    return { ours: [peakMiB], theirs: [], unit: "MiB" }
  }
}

const startRow = (id: string, name: string, records: number, quick: boolean): Row => ({
  id,
  what: `start of detect with ${name} WINDOWS, from exec to ready, over node -e 0`,
  against: "node -e 0",
  goal: { of: "ours", atMost: 600 },
  quick,
  measure: async () => {
    const site = await openSite()
    try {
      if (records > 0) await task("year", site.url, String(records))
      const [ours, theirs]: [Array<number>, Array<number>] = [[], []]
      for (let round = 0; round < 5; round++) {
        const node = (await run(process.execPath, ["-e", "0"])).ms
        const service = await startDetect(site.url)
        await service.stop()
        ours.push(service.readyMs - node)
        theirs.push(node)
      }
      return { ours, theirs, unit: "ms" }
    } finally {
      await site.stop()
    }
  }
})

/** A year of windows of ten seconds. */
const yearOfRecords = 3_153_600

/** The page's process from its start until it has read all of WINDOWS: what is read and forgotten counts, too. */
const dashboardRow = (id: string, name: string, records: number, atMost: number, quick: boolean): Row => ({
  id,
  what: `memory of the dashboard with ${name} of windows, peak`,
  against: "—",
  goal: { of: "ours", atMost },
  quick,
  measure: async () => {
    const site = await openSite()
    try {
      await task("year", site.url, String(records))
      const dashboard = await startDashboard(site.url)
      await settled()
      return { ours: [await dashboard.stop()], theirs: [], unit: "MiB" }
    } finally {
      await site.stop()
    }
  }
})

export const footprint: ReadonlyArray<Row> = [
  idle,
  afterLines,
  manyKeys,
  startRow("start-empty", "an empty", 0, true),
  startRow("start-year", "a year of", yearOfRecords, false),
  dashboardRow("memory-dashboard", "ten days", 86_400, 190, false),
  dashboardRow("memory-dashboard-year", "a year", yearOfRecords, 190, false)
]
