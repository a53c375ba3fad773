import { appendFileSync, writeFileSync } from "node:fs"
import { setTimeout as delay } from "node:timers/promises"
import { eventually } from "./observer.ts"
import { run, start } from "./processes.ts"

/** What carries the lines of the trial to LOGS. */
export interface Sender {
  readonly write: (lines: Buffer) => void
  /** Waits until all that was written is in LOGS, and ends with the mark that nothing older comes. */
  readonly end: () => Promise<{ readonly code: number | null; readonly words: string }>
}

const source = ["--source", "chaos"]

/** One `replay -` from the beginning of the trial to its end. */
export const replaying = (program: string, url: string): Sender => {
  const replay = start(program, ["replay", "-", ...source, "--server", url])
  return {
    write: (lines) => void replay.child.stdin!.write(lines),
    end: async () => {
      replay.child.stdin!.end()
      return { code: await replay.ended, words: replay.words() }
    }
  }
}

/** All must be in LOGS within this time after the last line was written: two servers reach each other again. */
const shippedMs = 60_000
const sinceStartMs = 30_000

/** `ship` that follows a file, which grows as the trial goes on. */
export const shipping = async (program: string, url: string, file: string): Promise<Sender> => {
  writeFileSync(file, "")
  const ship = start(program, ["ship", file, ...source, "--from", "start", "--server", url, "--http-port", "0"])
  let metrics: string | undefined
  await eventually(sinceStartMs, () => {
    metrics = /Health and metrics on (http:\/\/[\d.]+:\d+)/.exec(ship.words())?.[1]
    return metrics !== undefined
  })
  if (metrics === undefined) throw new Error(`ship does not start: ${ship.words()}`)
  let lines = 0
  const storedLines = async (): Promise<number> => {
    const text = await (await fetch(`${metrics}/metrics`)).text()
    return Number(/^chaussettes_ship_lines_total (\d+)/m.exec(text)?.[1])
  }
  return {
    write: (piece) => {
      appendFileSync(file, piece)
      for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines++
    },
    end: async () => {
      await eventually(shippedMs, async () => {
        await delay(200)
        return (await storedLines()) >= lines
      })
      ship.child.kill("SIGTERM")
      const code = await ship.ended
      if (code !== 0) return { code, words: ship.words() }
      const mark = await run(program, ["replay", "-", ...source, "--server", url])
      return { code: mark.code, words: mark.stderr }
    }
  }
}
