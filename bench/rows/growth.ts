import { rm } from "node:fs/promises"
import { syntheticLog } from "../support/data.ts"
import { command } from "../support/program.ts"
import { startDetect } from "../support/service.ts"
import { fill, openSite } from "../support/site.ts"
import type { Row } from "./row.ts"

const few = 1_000_000
/** More is filled in piece by piece, so that no file here becomes larger than two gigabytes. */
const pieceLines = 10_000_000

interface Seconds {
  readonly thresholds: number
  readonly verify: number
  readonly restart: number
}

const secondsOf = (stdout: string): number =>
  (JSON.parse(stdout.trim().split("\n").at(-1)!) as { seconds: number }).seconds

/** How long what reads LOGS takes with so many lines in it, and how long a detector takes to be ready again. */
const measureAt = async (lines: number): Promise<Seconds> => {
  const site = await openSite()
  try {
    for (let from = 0; from < lines; from += pieceLines) {
      const piece = await syntheticLog(Math.min(pieceLines, lines - from), from)
      await fill(site, piece, 500)
      if (lines > pieceLines) await rm(piece)
    }
    await command(site.url, "detect", "--until-caught-up", "--json")
    const thresholds = secondsOf((await command(site.url, "thresholds", "--dry-run", "--json").catch(lastWords)).stdout)
    const verify = secondsOf((await command(site.url, "verify", "--json")).stdout)
    const service = await startDetect(site.url)
    await service.stop()
    return { thresholds, verify, restart: service.readyMs / 1000 }
  } finally {
    await site.stop()
  }
}

/** A refusal to publish is an answer, too: its figures stand on stdout. */
const lastWords = (error: Error & { readonly stdout?: string }): { readonly stdout: string } => {
  if (error.stdout === undefined) throw error
  return { stdout: error.stdout }
}

/** @param millions so many million lines are held against one million */
export const growth = (millions: number): ReadonlyArray<Row> => {
  let measured: Promise<{ readonly few: Seconds; readonly many: Seconds }> | undefined
  const both = () => {
    measured ??= (async () => ({ few: await measureAt(few), many: await measureAt(millions * 1_000_000) }))()
    return measured
  }
  const row = (id: keyof Seconds, what: string, atMost: number): Row => ({
    id: `growth-${id}`,
    what: `${what} with ${millions} M lines in LOGS`,
    against: "the same with 1 M",
    goal: { of: "ratio", atMost },
    quick: false,
    measure: async () => {
      const seconds = await both()
      return { ours: [seconds.many[id]], theirs: [seconds.few[id]], unit: "s" }
    }
  })
  return [
    row("thresholds", `thresholds (linear: ${millions} times)`, 1.2 * millions),
    row("verify", `verify (linear: ${millions} times)`, 1.2 * millions),
    row("restart", "restart of the detector (constant)", 1.5)
  ]
}
