import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { defaultErrors, defaultSettings, firstThresholds, messagesIn } from "@chaussettes/domain"
import { Effect } from "effect"
import { readFiles } from "../src/read/files.ts"
import type { Report } from "../src/read/read.ts"
import { zoneOf } from "../src/zone.ts"

/** The report on files, as the command makes it. */
export const reportOn = async (
  files: ReadonlyArray<string>,
  { language = "en", zone = "UTC" }: { readonly language?: "en" | "fr"; readonly zone?: string } = {}
): Promise<Report> => {
  const settings = {
    ...defaultSettings,
    allowedLatenessMs: 3_600_000,
    errors: defaultErrors,
    ...messagesIn(language)
  }
  const read = await Effect.runPromise(readFiles(files, settings, firstThresholds, zoneOf(zone)!))
  return { ...read, files, settings, zone: zoneOf(zone)!, madeMs: Date.UTC(2026, 10, 27, 12) }
}

/** A folder of its own for files, which goes with the tests. */
export const scratch = () => {
  const folder = mkdtempSync(join(tmpdir(), "chaussettes-report-"))
  return {
    folder,
    write: (name: string, content: string | Uint8Array): string => {
      const path = join(folder, name)
      writeFileSync(path, content, typeof content === "string" ? "latin1" : undefined)
      return path
    },
    remove: () => rmSync(folder, { recursive: true, force: true })
  }
}

const two = (n: number) => `${n}`.padStart(2, "0")

/** A line of Combined, so many seconds after midnight. */
export const lineAt = (
  second: number,
  over: { client?: string; url?: string; status?: number; referer?: string; agent?: string } = {}
): string => {
  const { client = "192.0.2.1", url = "/", status = 200, referer = "-", agent = "curl/8.5.0" } = over
  const clock = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60].map(two).join(":")
  return `${client} - - [17/May/2026:${clock} +0000] "GET ${url} HTTP/1.1" ${status} 512 "${referer}" "${agent}"\n`
}
