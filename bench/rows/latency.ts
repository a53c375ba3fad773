import { task } from "../support/program.ts"
import { startDetect } from "../support/service.ts"
import { openCluster, openSite } from "../support/site.ts"
import { quantile } from "../support/stats.ts"
import type { Measured, Row } from "./row.ts"

interface Latencies {
  readonly latencies: ReadonlyArray<number>
  readonly publishes: ReadonlyArray<number>
}

/** Every second is a window, so that a short run has many alerts. */
const everySecond = ["--window", "1s", "--allowed-lateness", "0s"]

const sorted = (values: ReadonlyArray<number>) => [...values].sort((a, b) => a - b)

const measureLatency = async (rate: number, seconds: number, clients: number, open = openSite): Promise<Latencies> => {
  const site = await open()
  const service = await startDetect(site.url, everySecond)
  try {
    return await task<Latencies>("latency", site.url, `${rate}`, `${seconds}`, `${clients}`)
  } finally {
    await service.stop()
    await site.stop()
  }
}

const againstPublish = async (rate: number, seconds: number, open?: typeof openSite): Promise<Measured> => {
  const { latencies, publishes } = await measureLatency(rate, seconds, 0, open)
  const [ours, theirs] = [sorted(latencies), sorted(publishes)]
  return {
    ours: [quantile(ours, 0.99)],
    theirs: [quantile(theirs, 0.99)],
    unit: "ms",
    note: `p50 ${quantile(ours, 0.5).toFixed(1)} ms against ${quantile(theirs, 0.5).toFixed(2)} ms, of ${ours.length} alerts`
  }
}

const latencyRow = (rate: number, goalMs: number | undefined, quick: boolean): Row => ({
  id: `latency-${rate}`,
  what: `alert latency at ${rate.toLocaleString("en")} lines/s, p99: from storing the line that moves the watermark to the alert stored`,
  against: "one acknowledged publish, p99",
  goal: { of: "ours", ...(goalMs === undefined ? {} : { atMost: goalMs }) },
  quick,
  measure: ({ quick }) => againstPublish(rate, quick ? 8 : 20)
})

/** Every write waits for another server, and all share this machine's processors. */
const clusterLatency: Row = {
  id: "cluster-latency",
  what: "alert latency on three servers at 10,000 lines/s, p99",
  against: "one acknowledged publish to them, p99",
  goal: { of: "ours", atMost: 25 },
  quick: false,
  measure: ({ quick }) => againstPublish(10_000, quick ? 8 : 20, openCluster)
}

const flood: Row = {
  id: "latency-flood",
  what: "alert latency under a flood of new keys (a million distinct clients a minute), p99",
  against: "the same rate of lines from a hundred clients, p99",
  goal: { of: "ratio", atMost: 2 },
  quick: false,
  measure: async () => {
    const [rate, seconds] = [18_500, 20] // 90 % of the lines bring a client that was never seen
    const calm = sorted((await measureLatency(rate, seconds, 0)).latencies)
    const flooded = sorted((await measureLatency(rate, seconds, 1_000_000)).latencies)
    return { ours: [quantile(flooded, 0.99)], theirs: [quantile(calm, 0.99)], unit: "ms" }
  }
}

export const latency: ReadonlyArray<Row> = [
  latencyRow(1_000, undefined, false),
  latencyRow(10_000, 25, true),
  latencyRow(100_000, undefined, false),
  flood,
  clusterLatency
]
