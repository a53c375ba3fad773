import { formFlag, jsonFlag, natsFlags, operationsFlags, spanFlag, timeFlag } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"
import { ownSourceFlag, percentFlag, pseudonymizeFlags } from "../flags.ts"
import { parseIncident } from "../traffic/incident.ts"
import { maxSeed } from "../traffic/random.ts"
import { parseBurst } from "../traffic/schedule.ts"
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
  ).pipe(Flag.withDescription("Write this many lines per second, or as many as possible (max)"), Flag.withDefault(5)),
  errorUsers: percentFlag("error-users").pipe(
    Flag.withDescription("Let this share of the clients fail more often than the others, in %"),
    Flag.withDefault(20)
  ),
  errorRate: percentFlag("error-rate").pipe(
    Flag.withDescription("Make this share of all lines errors, in %"),
    Flag.withDefault(15)
  ),
  errorUrls: percentFlag("error-urls").pipe(
    Flag.withDescription("Let this share of the URLs fail more often than the others, in %"),
    Flag.withDefault(15)
  ),
  output: Flag.Literals("output", ["nats", "console"]).pipe(
    Flag.withDescription(
      "Write the lines to the server or to the console (default: the server, or the console if no server answers)"
    ),
    Flag.optional
  ),
  source: ownSourceFlag.pipe(
    Flag.withDescription("Send the lines as this source, to logs.<source>"),
    Flag.withDefault("generator")
  ),
  seed: Flag.Int("seed").pipe(
    Flag.withDescription("Write the same bytes for the same number, together with --start"),
    Flag.filter(
      (seed) => seed >= 0 && seed <= maxSeed,
      () => `a whole number from 0 to ${maxSeed}`
    ),
    Flag.optional
  ),
  count: Flag.Int("count").pipe(
    Flag.withDescription("Stop after this many lines"),
    Flag.filter(
      (count) => count >= 1,
      () => "a whole number above 0"
    ),
    Flag.optional
  ),
  start: timeFlag("start").pipe(
    Flag.withDescription(
      "Write history: begin at this event time instead of now; without --count, stop at the present"
    ),
    Flag.optional
  ),
  perSecond: formFlag("per-second", "N", parsePositive, "a number of lines a second above 0").pipe(
    Flag.withDescription(
      "With --start: write this many lines per second of event time (default: --rate, or 5 if that is max)"
    ),
    Flag.optional
  ),
  zone: Flag.String("zone").pipe(
    Flag.withMetavar("+hh:mm"),
    Flag.withDescription("Write the times in this time zone"),
    Flag.filter(
      (text) => parseZoneMinutes(text) !== undefined,
      () => "a zone like +02:00, -0330 or UTC"
    ),
    Flag.withDefault("UTC")
  ),
  incidents: Flag.String("incident").pipe(
    Flag.withMetavar("spec"),
    Flag.withDescription(
      "Simulate an incident; may be repeated: ip:192.168.1.200@+2m/5m,rate=0.7,requests=2/s or url:/api/panier@+10m/3m or outage@+1h/10m"
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
    Flag.withDescription("Write the simulated incidents to this file, one JSON object per line"),
    Flag.optional
  ),
  late: percentFlag("late").pipe(Flag.withDescription("Write this share of the lines late, in %"), Flag.withDefault(0)),
  lateByMs: spanFlag("late-by").pipe(Flag.withDescription("Make the late lines this late"), Flag.withDefault(20_000)),
  malformed: percentFlag("malformed").pipe(
    Flag.withDescription("Damage this share of the lines, in %"),
    Flag.withDefault(0)
  ),
  burst: formFlag("burst", "Nx/every/length", parseBurst, "a burst like 10x, 10x/1m or 10x/1m/5s").pipe(
    Flag.withDescription("Write bursts: 10x/1m/5s is ten times as many lines in 5 s of each minute"),
    Flag.optional
  ),
  ...pseudonymizeFlags,
  operations: operationsFlags,
  json: jsonFlag,
  nats: natsFlags
} as const

export type GenerateInput = Command.Command.Config.Infer<typeof generateFlags>
