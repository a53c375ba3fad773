import {
  type DetectionSettings,
  defaultSettings,
  firstThresholds,
  type LogMessage,
  type Threshold,
  type ThresholdsInForce,
  thresholdsOf,
  type Watermark
} from "../../src/index.ts"
import { splitLines } from "../oracle/parse-line.ts"
import { bytesOf, common, logTime, textOf } from "./lines.ts"
import type { Random } from "./random.ts"

/** What happens to a detection, in order. */
export type Step =
  | { readonly kind: "message"; readonly message: LogMessage }
  | { readonly kind: "silence"; readonly clockMs: number }
  | { readonly kind: "seuils"; readonly seuils: ThresholdsInForce }

export interface World {
  readonly settings: DetectionSettings
  readonly seuils: ThresholdsInForce
  readonly steps: ReadonlyArray<Step>
}

export interface WorldOptions {
  readonly messages: number
  /** The reader says between messages that LOGS has had nothing new. */
  readonly silences: boolean
  /** Sources promise times by punctuation, not only their end. */
  readonly promises: boolean
  /** Sequences are missing. */
  readonly holes: boolean
  /** Thresholds change on the way. */
  readonly changes: boolean
  /** No source falls silent, ends or is far behind, and all are there from the beginning: the watermark only rises. */
  readonly calm?: boolean
}

export const worldSettings: DetectionSettings = {
  ...defaultSettings,
  maxBehindMs: 60_000,
  leastRequests: { global: 1, ip: 2, url: 2 }
}

const clients = ["10.0.0.1", "10.0.0.2", "::ffff:10.0.0.1", "2001:db8::1", "h"]
const urls = ["/", "/a", "/a?b", '/c\\"d', "*"]
const zones = [0, 0, 0, 120, -330, 765]
const pauses = [0, 0, 100, 500, 1_000, 1_000, 3_000, 8_000, 12_000, 20_000, 33_000]
const table: Threshold = {
  rate: 0.2,
  least_errors: [
    [2, 1],
    [6, 2],
    [20, 5]
  ]
}

const randomLine = (random: Random, eventMs: number): string => {
  if (random.chance(0.04)) return random.pick(["", "nonsense", "\x01", common({ status: "x" }), common().slice(0, 50)])
  return common({
    client: random.skewed(clients),
    time: logTime(eventMs, random.pick(zones)),
    request: random.chance(0.1) ? "-" : `GET ${random.skewed(urls)} HTTP/1.1`,
    status: random.chance(0.3) ? random.pick(["404", "500"]) : "200",
    size: random.chance(0.1) ? "-" : `${Math.floor(2 ** (random.next() * 34))}`
  })
}

/** Traffic of a few sources with everything in it that time can do: silences, lateness, hours behind, punctuation, the future. */
export const randomWorld = (random: Random, options: WorldOptions): World => {
  const calm = options.calm ?? false
  const names = ["a", "b", "c", "d"].slice(0, random.int(1, 4))
  const delays = names.map(() => random.pick(calm ? [0, 1_000, 20_000] : [0, 0, 1_000, 20_000, 55_000, 7_200_000]))
  const steps: Array<Step> = []
  let wallMs = Date.UTC(2015, 4, 17, 10) + random.int(0, 9_999)
  let seq = random.pick([0, 0, 1_000_000])
  for (let i = 0; i < options.messages; i++) {
    wallMs += calm ? random.int(0, 4_000) : random.pick(pauses)
    if (options.silences && random.chance(0.1)) {
      steps.push({ kind: "silence", clockMs: wallMs })
      wallMs += random.pick(pauses)
    }
    if (options.changes && random.chance(0.05)) {
      const values = { global: random.next(), ip: random.chance(0.3) ? table : random.next(), url: random.next() }
      steps.push({ kind: "seuils", seuils: thresholdsOf(values, i + 1) })
    }
    const source = calm ? i % names.length : random.int(0, names.length - 1)
    seq += options.holes && random.chance(0.06) ? random.int(2, 4) : 1
    const lines: Array<string> = []
    for (let n = random.pick(calm ? [1, 2, 3] : [0, 1, 1, 2, 3, 6]); n > 0; n--) {
      const late = random.chance(0.05) ? 30_000 : random.int(0, worldSettings.allowedLatenessMs)
      const ahead = random.chance(calm ? 0 : 0.03) ? random.pick([20_000, 250_000, 400_000]) : 0
      lines.push(randomLine(random, ahead > 0 ? wallMs + ahead : wallMs - delays[source]! - late))
    }
    const watermark = calm ? undefined : randomWatermark(random, options.promises, wallMs - delays[source]!)
    steps.push({
      kind: "message",
      message: {
        seq,
        source: names[source]!,
        storedMs: wallMs,
        bytes: bytesOf(lines.join("\n")),
        ...(watermark === undefined ? {} : { watermark })
      }
    })
  }
  return {
    settings: worldSettings,
    seuils: thresholdsOf(firstThresholds, 1),
    steps: [...steps, ...lastSteps(names, seq, wallMs)]
  }
}

/** All sources end, and a line of one more brings about a last record: in the end all is said. */
const lastSteps = (names: ReadonlyArray<string>, seq: number, wallMs: number): ReadonlyArray<Step> => {
  const storedMs = wallMs + 600_000
  const message = (i: number, source: string, text: string): Step => ({
    kind: "message",
    message: { seq: seq + i + 1, source, storedMs, bytes: bytesOf(text), watermark: "end" }
  })
  const last = common({ time: logTime(storedMs) })
  return [...names.map((name, i) => message(i, name, "")), message(names.length, "last", last)]
}

/** What every life must account for: the lines that were sent and the sequences that are missing. */
export const sentIn = (world: World): { readonly lines: number; readonly missing: number } => {
  const messages = world.steps.flatMap((s) => (s.kind === "message" ? [s.message] : []))
  const lines = messages.reduce((n, m) => n + splitLines(textOf(m.bytes)).length, 0)
  return { lines, missing: messages[messages.length - 1]!.seq - messages[0]!.seq + 1 - messages.length }
}

const randomWatermark = (random: Random, promises: boolean, nowMs: number): Watermark | undefined => {
  if (random.chance(0.04)) return "end"
  if (!promises || !random.chance(0.08)) return undefined
  return random.chance(0.1) ? nowMs + 3_600_000 : nowMs - random.int(-2_000, 8_000)
}
