import { declaredFormat, parseNetworks } from "@chaussettes/domain"
import { asForm, asGivenFlag, jsonFlag, natsFlags, operationsFlags } from "@chaussettes/service"
import { Config } from "effect"
import { Argument, type Command, Flag } from "effect/cli"
import { ownSourceFlag, pseudonymizeFlags } from "../flags.ts"

export const replayFlags = {
  files: Argument.String("file").pipe(
    Argument.withDescription(
      "Access logs, plain, gzip or zstd, sent in the order of their times; - for standard input"
    ),
    Argument.variadic({ min: 1 })
  ),
  source: ownSourceFlag.pipe(
    Flag.withDescription("Who the lines come from: they go to logs.<source> (default: this host's name)"),
    Flag.optional
  ),
  speed: Flag.Finite("speed").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("Send in the rhythm of the lines' own times, N times as fast; left out, as fast as it goes"),
    Flag.filter(
      (speed) => speed > 0,
      () => "a number above 0"
    ),
    Flag.optional
  ),
  rebase: Flag.Literals("rebase", ["now"]).pipe(
    Flag.withDescription(
      "Shift all times so that the last line is of now (the first one, with --speed or from a pipe)"
    ),
    Flag.optional
  ),
  format: Flag.String("format").pipe(
    Flag.withMetavar("format"),
    Flag.withDescription(
      "Say in each message that its lines have this format: a name, or a format string as in nginx' or Apache's configuration (by default the lines show it)"
    ),
    asForm(
      (text) => (declaredFormat(text) === undefined ? undefined : text),
      "a format's name such as combined, or a format string such as '$remote_addr [$time_local] \"$request\" $status'"
    ),
    Flag.optional
  ),
  resume: Flag.Boolean("resume").pipe(
    Flag.withDescription("Go on behind what LOGS holds of this source: no line twice, none lost"),
    Flag.withDefault(false)
  ),
  asGiven: asGivenFlag,
  ...pseudonymizeFlags,
  trustedProxies: Flag.String("trusted-proxies").pipe(
    Flag.withMetavar("networks"),
    Flag.withDescription(
      "With --pseudonymize: believe what these networks say of the client, as the detector cannot know their addresses any more (default: nobody)"
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
