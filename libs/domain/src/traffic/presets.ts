/*
 * Traffic that most sites want to tell apart, as data. A rule that names a preset stands in the records with all that it means, so that a list
 * that is changed here changes nothing of what was decided.
 */

/** Parts of the agents of bots that say what they are. One that does not is none: nothing is guessed of it. */
export const declaredBots: ReadonlyArray<string> = [
  "Googlebot",
  "Google-InspectionTool",
  "AdsBot-Google",
  "Mediapartners-Google",
  "Storebot-Google",
  "bingbot",
  "adidxbot",
  "Applebot",
  "DuckDuckBot",
  "YandexBot",
  "Baiduspider",
  "PetalBot",
  "Bytespider",
  "Amazonbot",
  "SemrushBot",
  "AhrefsBot",
  "MJ12bot",
  "DotBot",
  "DataForSeoBot",
  "SeznamBot",
  "Qwantbot",
  "CCBot",
  "GPTBot",
  "ChatGPT-User",
  "OAI-SearchBot",
  "ClaudeBot",
  "PerplexityBot",
  "meta-externalagent",
  "facebookexternalhit",
  "Twitterbot",
  "LinkedInBot",
  "Pinterestbot",
  "Slackbot",
  "Discordbot",
  "TelegramBot",
  "WhatsApp/",
  "archive.org_bot",
  "ia_archiver"
]

const monitors: ReadonlyArray<string> = [
  "kube-probe/",
  "GoogleHC/",
  "ELB-HealthChecker/",
  "HAProxy-check",
  "Consul Health Check",
  "UptimeRobot/",
  "Pingdom.com_bot",
  "StatusCake",
  "Better Uptime Bot",
  "Uptime-Kuma/",
  "Blackbox Exporter/",
  "DatadogSynthetics",
  "Site24x7",
  "check_http/",
  "Zabbix"
]

const healthPaths: ReadonlyArray<string> = [
  "/health",
  "/healthz",
  "/health/*",
  "/healthcheck",
  "/livez",
  "/readyz",
  "/ping",
  "/-/healthy",
  "/-/ready",
  "/actuator/health",
  "/actuator/health/*",
  "/server-status",
  "/nginx_status"
]

const staticFiles: ReadonlyArray<string> = "css js mjs map png jpg jpeg gif webp avif svg ico woff woff2 ttf eot otf"
  .split(" ")
  .map((extension) => `*.${extension}`)

export const ignorePresets: {
  readonly [name: string]: { readonly path?: ReadonlyArray<string>; readonly agent?: ReadonlyArray<string> }
} = {
  health: { path: healthPaths },
  monitors: { agent: monitors },
  static: { path: staticFiles },
  bots: { agent: declaredBots }
}
