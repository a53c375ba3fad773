import { asForm, natsFlags, portFlag } from "@chaussettes/service"
import { Config } from "effect"
import { type Command, Flag } from "effect/cli"

const defaultPort = 8080

/** `/a/b` for `a/b/`, and nothing for `/`. */
const normalPrefix = (text: string): string => {
  const inner = text.replace(/^\/+|\/+$/g, "")
  return inner === "" ? "" : `/${inner}`
}

export const dashboardFlags = {
  nats: natsFlags,
  host: Flag.String("host").pipe(
    Flag.withMetavar("address"),
    Flag.withDescription(
      "The address that the page is bound to; beyond this machine only with --access-token or --behind-proxy"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_DASHBOARD_HOST")),
    Flag.withDefault("127.0.0.1")
  ),
  port: portFlag("port").pipe(
    Flag.withDescription("The port of the page (0: any free one)"),
    Flag.withFallbackConfig(Config.Port("CHAUSSETTES_DASHBOARD_PORT")),
    Flag.withDefault(defaultPort)
  ),
  accessToken: Flag.Redacted("access-token").pipe(
    Flag.withDescription(
      "Ask viewers for this token; rather set CHAUSSETTES_DASHBOARD_TOKEN, which other users of the machine cannot see"
    ),
    Flag.withFallbackConfig(Config.Redacted("CHAUSSETTES_DASHBOARD_TOKEN")),
    Flag.optional
  ),
  linesTokenFile: Flag.String("lines-token-file").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(
      "Show raw lines and rejects only for the token in this file; all else that --access-token does not close stays open"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_DASHBOARD_LINES_TOKEN_FILE")),
    Flag.optional
  ),
  behindProxy: Flag.Boolean("behind-proxy").pipe(
    Flag.withDescription("A proxy in front of the page asks viewers who they are: show it to all that it lets through"),
    Flag.withFallbackConfig(Config.Boolean("CHAUSSETTES_DASHBOARD_BEHIND_PROXY")),
    Flag.withDefault(false)
  ),
  allowedHost: Flag.String("allowed-host").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("A host name that viewers use for the page; can be given several times"),
    Flag.atLeast(0)
  ),
  pathPrefix: Flag.String("path-prefix").pipe(
    Flag.withMetavar("path"),
    Flag.withDescription("The path under which a proxy shows the page, such as /chaussettes"),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_DASHBOARD_PATH_PREFIX")),
    Flag.withDefault(""),
    asForm((text) => (/^[\w./~-]*$/.test(text) ? normalPrefix(text) : undefined), "a path such as /chaussettes")
  )
} as const

export type DashboardInput = Command.Command.Config.Infer<typeof dashboardFlags>
