import { lateLog, realLog, sparseLog, syntheticLog } from "../support/data.ts"
import { command, task } from "../support/program.ts"
import { fill, openCluster, openSite, type Site } from "../support/site.ts"
import { interleaved, type Measured, type Row } from "./row.ts"

const rounds = (quick: boolean) => (quick ? 3 : 5)

/** Seconds that a command with `--json` says it has worked, without its start. */
const secondsOf = (stdout: string): number =>
  (JSON.parse(stdout.trim().split("\n").at(-1)!) as { seconds: number }).seconds

const detectOnce = async (site: Site, lines: number, flags = ["--allowed-lateness", "60s"]): Promise<number> => {
  await site.forget()
  const { stdout } = await command(site.url, "detect", "--until-caught-up", ...flags, "--json")
  return lines / secondsOf(stdout)
}

const readOnce = async (site: Site, lines: number): Promise<number> => {
  const { ms } = await task<{ ms: number }>("read", site.url)
  return lines / (ms / 1000)
}

const onSite = async (
  file: string,
  linesAMessage: number,
  measure: (site: Site) => Promise<Measured>,
  open: () => Promise<Site> = openSite
): Promise<Measured> => {
  const site = await open()
  try {
    await fill(site, file, linesAMessage)
    return await measure(site)
  } finally {
    await site.stop()
  }
}

const detectAgainstRead = async (
  linesAMessage: number,
  lines: number,
  quick: boolean,
  open?: () => Promise<Site>
): Promise<Measured> =>
  onSite(
    await syntheticLog(lines),
    linesAMessage,
    async (site) => ({
      ...(await interleaved(
        rounds(quick),
        () => detectOnce(site, lines),
        () => readOnce(site, lines)
      )),
      unit: "lines/s"
    }),
    open
  )

const detectRow = (linesAMessage: number, atLeast: number, quick: boolean): Row => ({
  id: `detect-${linesAMessage}`,
  what: `detect through a server, ${linesAMessage} line${linesAMessage === 1 ? "" : "s"} a message, WINDOWS and ALERTS written`,
  against: "reading the same messages and nothing else",
  goal: { of: "ratio", atLeast },
  quick,
  measure: ({ quick }) =>
    detectAgainstRead(linesAMessage, quick ? (linesAMessage === 1 ? 200_000 : 500_000) : 2_000_000, quick)
})

/** Three servers on this machine, which share its processors. */
const clusterDetectRow = (linesAMessage: number, atLeast: number): Row => ({
  id: `cluster-detect-${linesAMessage}`,
  what: `detect through three servers, ${linesAMessage} line${linesAMessage === 1 ? "" : "s"} a message, three copies of all`,
  against: "reading the same messages from them and nothing else",
  goal: { of: "ratio", atLeast },
  quick: false,
  measure: ({ quick }) => detectAgainstRead(linesAMessage, quick ? 200_000 : 1_000_000, quick, openCluster)
})

const detectReal: Row = {
  id: "detect-real-50",
  what: "the same, 50 real lines a message, 20 lines a window",
  against: "reading the same messages and nothing else",
  goal: { of: "ratio", atLeast: 0.2 },
  quick: false,
  measure: async ({ quick }) => {
    const lines = 1_000_000
    return onSite(await realLog(lines), 50, async (site) => ({
      ...(await interleaved(
        rounds(quick),
        () => detectOnce(site, lines),
        () => readOnce(site, lines)
      )),
      unit: "lines/s"
    }))
  }
}

const detectLate: Row = {
  id: "detect-late",
  what: "detect with one line of twenty late within the horizon",
  against: "detect of the same lines in order",
  goal: { of: "ratio", atLeast: 0.8 },
  quick: true,
  measure: async ({ quick }) => {
    const lines = quick ? 500_000 : 2_000_000
    const flags = ["--allowed-lateness", "5s"]
    return onSite(await syntheticLog(lines), 50, async (punctual) =>
      onSite(await lateLog(lines), 50, async (late) => ({
        ...(await interleaved(
          rounds(quick),
          () => detectOnce(late, lines, flags),
          () => detectOnce(punctual, lines, flags)
        )),
        unit: "lines/s"
      }))
    )
  }
}

const replayAgainstPublish = async (lines: number, quick: boolean, open: () => Promise<Site>): Promise<Measured> => {
  const file = await syntheticLog(lines)
  const site = await open()
  try {
    const seen = await interleaved(
      rounds(quick),
      async () => {
        const { stdout } = await command(site.url, "replay", file, "--source", "bench", "--json")
        return lines / secondsOf(stdout)
      },
      async () => {
        const { ms } = await task<{ ms: number }>("publish", site.url, file)
        return lines / (ms / 1000)
      }
    )
    return { ...seen, unit: "lines/s" }
  } finally {
    await site.stop()
  }
}

const replay: Row = {
  id: "replay",
  what: "replay of a file, all acknowledged",
  against: "publishing the same payloads and nothing else",
  goal: { of: "ratio", atLeast: 0.8 },
  quick: true,
  measure: ({ quick }) => replayAgainstPublish(quick ? 500_000 : 2_000_000, quick, openSite)
}

const clusterReplay: Row = {
  id: "cluster-replay",
  what: "replay of a file to three servers, all acknowledged by two of them",
  against: "publishing the same payloads to them and nothing else",
  goal: { of: "ratio", atLeast: 0.8 },
  quick: false,
  measure: ({ quick }) => replayAgainstPublish(quick ? 500_000 : 1_000_000, quick, openCluster)
}

const sparse: Row = {
  id: "sparse",
  what: "sparse history, one line a window (every line commits a window)",
  against: "publishing the same records with expected sequences and nothing else",
  goal: { of: "ratio", atLeast: 0.7 },
  quick: true,
  measure: async ({ quick }) => {
    const lines = quick ? 50_000 : 200_000
    return onSite(await sparseLog(lines), 50, async (site) => {
      await detectOnce(site, lines)
      const seen = await interleaved(
        rounds(quick),
        () => detectOnce(site, lines),
        async () => {
          const { count, ms } = await task<{ count: number; ms: number }>("append", site.url)
          return count / (ms / 1000)
        }
      )
      return { ...seen, unit: "records/s" }
    })
  }
}

const derive = (id: string, what: string, args: ReadonlyArray<string>, atLeast: number): Row => ({
  id,
  what,
  against: "reading the same messages and nothing else",
  goal: { of: "ratio", atLeast },
  quick: true,
  measure: async ({ quick }) => {
    const lines = quick ? 500_000 : 2_000_000
    return onSite(await syntheticLog(lines), 50, async (site) => {
      await detectOnce(site, lines)
      const seen = await interleaved(
        rounds(quick),
        async () => lines / secondsOf((await command(site.url, ...args)).stdout),
        () => readOnce(site, lines)
      )
      return { ...seen, unit: "lines/s" }
    })
  }
})

/** A record for every line: WINDOWS is what takes the time, not LOGS. */
const sparseVerify: Row = {
  id: "verify-sparse",
  what: "verify of a sparse history, one line a window",
  against: "reading the same messages and records and nothing else",
  goal: { of: "ratio", atLeast: 0.3 },
  quick: true,
  measure: async ({ quick }) => {
    const lines = quick ? 50_000 : 200_000
    return onSite(await sparseLog(lines), 50, async (site) => {
      await detectOnce(site, lines)
      const seen = await interleaved(
        rounds(quick),
        async () => lines / secondsOf((await command(site.url, "verify", "--json")).stdout),
        async () => lines / ((await task<{ ms: number }>("read-all", site.url)).ms / 1000)
      )
      return { ...seen, unit: "records/s" }
    })
  }
}

/** Every write of the server waits for the disk: slower, and nothing else. */
const slowDisk: Row = {
  id: "detect-sync-always",
  what: "detect with a server that writes through to the disk (sync_interval: always)",
  against: "the same server, reading only",
  goal: { of: "ratio", atLeast: 0.05 },
  quick: false,
  measure: async () => {
    const lines = 500_000
    return onSite(
      await syntheticLog(lines),
      50,
      async (site) => ({
        ...(await interleaved(
          3,
          () => detectOnce(site, lines),
          () => readOnce(site, lines)
        )),
        unit: "lines/s"
      }),
      () => openSite({ jetstream: "sync_interval: always" })
    )
  }
}

export const streams: ReadonlyArray<Row> = [
  detectRow(50, 0.5, true),
  detectRow(500, 0.5, false),
  detectRow(1, 0.9, true),
  detectReal,
  detectLate,
  replay,
  derive("thresholds", "thresholds: replay of LOGS", ["thresholds", "--dry-run", "--json"], 0.5),
  derive("verify", "verify: all derived again and compared", ["verify", "--json"], 0.45),
  sparse,
  sparseVerify,
  slowDisk,
  clusterReplay,
  clusterDetectRow(50, 0.5),
  clusterDetectRow(1, 0.9)
]
