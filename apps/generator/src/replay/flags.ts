import { declaredFormat, parseNetworks } from "@chaussettes/domain"
import { asForm, asGivenFlag, jsonFlag, natsFlags, operationsFlags } from "@chaussettes/service"
import { Config } from "effect"
import { Argument, type Command, Flag } from "effect/cli"
import { ownSourceFlag, pseudonymizeFlags } from "../flags.ts"

export const replayFlags = {
  files: Argument.String("file").pipe(
    Argument.withDescription("Access logs, plain, gzip or zstd, sent in the order of their times; - is standard input"),
    Argument.variadic({ min: 1 })
  ),
  source: ownSourceFlag.pipe(
    Flag.withDescription("Send the lines as this source, to logs.<source> (default: this host's name)"),
    Flag.optional
  ),
  speed: Flag.Finite("speed").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("Send at the pace of the lines' own times, N times as fast (default: as fast as possible)"),
    Flag.filter(
      (speed) => speed > 0,
      () => "a number above 0"
    ),
    Flag.optional
  ),
  rebase: Flag.Literals("rebase", ["now"]).pipe(
    Flag.withDescription(
      "Shift all times so that the last line is at the present (with --speed or from a pipe: the first line)"
    ),
    Flag.optional
  ),
  format: Flag.String("format").pipe(
    Flag.withMetavar("format"),
    Flag.withDescription(
      "Declare the format of the lines in each message: a name, or a format string from nginx's or Apache's configuration (default: the detector detects it)"
    ),
    asForm(
      (text) => (declaredFormat(text) === undefined ? undefined : text),
      "a format's name such as combined, or a format string such as '$remote_addr [$time_local] \"$request\" $status'"
    ),
    Flag.optional
  ),
  resume: Flag.Boolean("resume").pipe(
    Flag.withDescription("Resume after the last line of this source that LOGS holds: no line is lost or sent twice"),
    Flag.withDefault(false)
  ),
  asGiven: asGivenFlag,
  ...pseudonymizeFlags,
  trustedProxies: Flag.String("trusted-proxies").pipe(
    Flag.withMetavar("networks"),
    Flag.withDescription(
      "With --pseudonymize: trust these proxies to name the client, since the detector no longer sees their addresses (default: none)"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_TRUSTED_PROXIES")),
    Flag.withDefault(""),
    asForm((text) => {
      const parsed = parseNetworks(text)
      return parsed.ok ? parsed.networks : undefined
    }, "networks such as 10.0.0.0/8, or the preset private")
  ),
  operations: operationsFlags,
  json: jsonFlag,
  nats: natsFlags
} as const

export type ReplayInput = Command.Command.Config.Infer<typeof replayFlags>
