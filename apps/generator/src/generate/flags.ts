import { formFlag, jsonFlag, natsFlags, operationsFlags, spanFlag, timeFlag } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"
import { ownSourceFlag, percentFlag, pseudonymizeFlags } from "../flags.ts"
import { parseBurst } from "../traffic/burst.ts"
import { parseIncident } from "../traffic/incident.ts"
import { maxSeed } from "../traffic/random.ts"
import { parseZoneMinutes } from "../zone.ts"

/** Lines a second, or as many as there can be. */
export type Rate = number | "max"

const mostPerSecond = 10_000_000

const parsePositive = (text: string): number | undefined => {
  const n = text.trim() === "" ? Number.NaN : Number(text)
  return n > 0 && n <= mostPerSecond ? n : undefined
}

export const generateFlags = {
  rate: formFlag<Rate>(
    "rate",
    "N|max",
    (text) => (text === "max" ? "max" : parsePositive(text)),
    "a number of lines a second above 0, or max"
  ).pipe(Flag.withDescription("Lines a second, or max for as many as there can be"), Flag.withDefault(5)),
  errorUsers: percentFlag("error-users").pipe(
    Flag.withDescription("Share of the clients that fail more often than the others"),
    Flag.withDefault(20)
  ),
  errorRate: percentFlag("error-rate").pipe(
    Flag.withDescription("Share of all lines that are errors"),
    Flag.withDefault(15)
  ),
  errorUrls: percentFlag("error-urls").pipe(
    Flag.withDescription("Share of the URLs that fail more often than the others"),
    Flag.withDefault(15)
  ),
  output: Flag.Literals("output", ["nats", "console"]).pipe(
    Flag.withDescription("Where the lines go; left out, to the server, or to the console where there is none"),
    Flag.optional
  ),
  source: ownSourceFlag.pipe(
    Flag.withDescription("Who the lines come from: they go to logs.<source>"),
    Flag.withDefault("generator")
  ),
  seed: Flag.Int("seed").pipe(
    Flag.withDescription("Makes the bytes repeat, together with --start"),
    Flag.filter(
      (seed) => seed >= 0 && seed <= maxSeed,
      () => `a whole number from 0 to ${maxSeed}`
    ),
    Flag.optional
  ),
  count: Flag.Int("count").pipe(
    Flag.withDescription("End after this many lines"),
    Flag.filter(
      (count) => count >= 1,
      () => "a whole number above 0"
    ),
    Flag.optional
  ),
  start: timeFlag("start").pipe(
    Flag.withDescription("Write history: event times from here on instead of now; without --count it ends at now"),
    Flag.optional
  ),
  perSecond: formFlag("per-second", "N", parsePositive, "a number of lines a second above 0").pipe(
    Flag.withDescription("Lines a second of event time, with --start (default: the rate, or 5 where that is max)"),
    Flag.optional
  ),
  zone: Flag.String("zone").pipe(
    Flag.withMetavar("+hh:mm"),
    Flag.withDescription("Zone of the times in the lines"),
    Flag.filter(
      (text) => parseZoneMinutes(text) !== undefined,
      () => "a zone like +02:00, -0330 or UTC"
    ),
    Flag.withDefault("UTC")
  ),
  incidents: Flag.String("incident").pipe(
    Flag.withMetavar("spec"),
    Flag.withDescription(
      "Plant an incident; may be repeated: ip:192.168.1.200@+2m/5m,rate=0.7,requests=2/s or url:/api/panier@+10m/3m or outage@+1h/10m"
    ),
    Flag.mapTryCatch(
      (text) => {
        const parsed = parseIncident(text)
        if (!parsed.ok) throw new Error(`an incident like outage@+1h/10m; of "${text}", ${parsed.why}`)
        return parsed.incident
      },
      (error) => (error as Error).message
    ),
    Flag.atLeast(0)
  ),
  labels: Flag.String("labels").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Write what was planted, one JSON object a line"),
    Flag.optional
  ),
  late: percentFlag("late").pipe(
    Flag.withDescription("Share of the lines that carry a time behind their turn"),
    Flag.withDefault(0)
  ),
  lateByMs: spanFlag("late-by").pipe(Flag.withDescription("How late these are"), Flag.withDefault(20_000)),
  malformed: percentFlag("malformed").pipe(
    Flag.withDescription("Share of the lines that are damaged"),
    Flag.withDefault(0)
  ),
  burst: formFlag("burst", "Nx/every/length", parseBurst, "a burst like 10x, 10x/1m or 10x/1m/5s").pipe(
    Flag.withDescription("Times as many lines in bursts: 10x/1m/5s for ten times as many in 5 s of each minute"),
    Flag.optional
  ),
  ...pseudonymizeFlags,
  operations: operationsFlags,
  json: jsonFlag,
  nats: natsFlags
} as const

export type GenerateInput = Command.Command.Config.Infer<typeof generateFlags>
