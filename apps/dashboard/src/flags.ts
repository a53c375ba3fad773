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
      "Serve the page on this address; one that other machines reach needs --access-token or --behind-proxy"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_DASHBOARD_HOST")),
    Flag.withDefault("127.0.0.1")
  ),
  port: portFlag("port").pipe(
    Flag.withDescription("Serve the page on this TCP port (0: any free port)"),
    Flag.withFallbackConfig(Config.Port("CHAUSSETTES_DASHBOARD_PORT")),
    Flag.withDefault(defaultPort)
  ),
  accessToken: Flag.Redacted("access-token").pipe(
    Flag.withDescription(
      "Require this token from viewers. Prefer CHAUSSETTES_DASHBOARD_TOKEN: other users can see a command line"
    ),
    Flag.withFallbackConfig(Config.Redacted("CHAUSSETTES_DASHBOARD_TOKEN")),
    Flag.optional
  ),
  linesTokenFile: Flag.String("lines-token-file").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(
      "Show raw lines and rejects only to viewers with the token in this file; the rest stays open unless --access-token is set"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_DASHBOARD_LINES_TOKEN_FILE")),
    Flag.optional
  ),
  operatorTokenFile: Flag.String("operator-token-file").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(
      "Let whoever shows the token in this file act through the page: acknowledge, silence, note, set thresholds"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_DASHBOARD_OPERATOR_TOKEN_FILE")),
    Flag.optional
  ),
  operatorCredentials: Flag.String("operator-credentials").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(
      "Write what the operator says with this context, such as .chaussettes/credentials/operator.json"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_DASHBOARD_OPERATOR_CREDENTIALS")),
    Flag.optional
  ),
  behindProxy: Flag.Boolean("behind-proxy").pipe(
    Flag.withDescription(
      "Trust the proxy in front of the page to authenticate viewers: show the page to all that it lets through"
    ),
    Flag.withFallbackConfig(Config.Boolean("CHAUSSETTES_DASHBOARD_BEHIND_PROXY")),
    Flag.withDefault(false)
  ),
  allowedHost: Flag.String("allowed-host").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("Accept requests for this host name; may be repeated"),
    Flag.atLeast(0)
  ),
  pathPrefix: Flag.String("path-prefix").pipe(
    Flag.withMetavar("path"),
    Flag.withDescription("Serve the page below this path of a proxy, such as /chaussettes"),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_DASHBOARD_PATH_PREFIX")),
    Flag.withDefault(""),
    asForm((text) => (/^[\w./~-]*$/.test(text) ? normalPrefix(text) : undefined), "a path such as /chaussettes")
  )
} as const

export type DashboardInput = Command.Command.Config.Infer<typeof dashboardFlags>
