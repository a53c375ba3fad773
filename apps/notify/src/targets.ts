import { percentDecoded } from "@chaussettes/domain"
import { nearest } from "@chaussettes/service"
import { Result } from "effect"
import type { MailServer } from "./email.ts"
import { type Address, addressOf, credentialOf } from "./post.ts"

/** What the address of a receiver says. */
export type Target =
  | { readonly kind: "alertmanager" | "webhook" | "slack" | "teams"; readonly address: Address }
  | { readonly kind: "ntfy"; readonly address: Address; readonly topic: string }
  | { readonly kind: "smtp"; readonly server: MailServer }

/** What is wrong with an address; never a part of it that may be a secret. */
type Parsed = Result.Result<Target, string>

const forms = {
  slack: "slack://TOKEN-A/TOKEN-B/TOKEN-C",
  "slack+https": "slack+https://HOST/PATH",
  teams: "teams://HOST/PATH?QUERY, the address of the workflow with teams for https",
  ntfy: "ntfy://HOST/TOPIC, ntfy://USER:PASSWORD@HOST/TOPIC or ntfy://:TOKEN@HOST/TOPIC",
  smtp: "smtp://USER:PASSWORD@HOST:587/?from=ADDRESS&to=ADDRESS,ADDRESS",
  smtps: "smtps://USER:PASSWORD@HOST/?from=ADDRESS&to=ADDRESS,ADDRESS",
  "alertmanager+https": "alertmanager+https://HOST",
  https: "https://HOST/PATH"
} as const

const schemes = [
  ...Object.keys(forms),
  "http",
  "alertmanager+http",
  "slack+http",
  "teams+https",
  "teams+http",
  "ntfy+http",
  "ntfy+https"
]

/** The addresses in a text: a variable of the environment holds several with spaces or line ends between them, and no address has any. */
export const addressesIn = (text: string): ReadonlyArray<string> =>
  text.split(/\s+/).filter((address) => address !== "")

/** A target of a text such as `ntfy://ntfy.sh/topic`. */
export const parseTarget = (text: string): Parsed => {
  const scheme = /^([a-z][a-z0-9+]*):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) return Result.fail(`has to be an address such as ${forms.slack} or ${forms.ntfy}`)
  if (!schemes.includes(scheme)) {
    const meant = nearest(scheme, schemes)
    return Result.fail(
      `knows no ${scheme.slice(0, 20)}://${meant === undefined ? "" : ` (did you mean ${meant}://?)`}; there are ${Object.keys(forms).join("://, ")}://`
    )
  }
  const [kind, over = "https"] = scheme.split("+")
  const rest = text.slice(scheme.length + "://".length)
  switch (kind) {
    case "http":
    case "https":
      return webhookOf(`${scheme}://${rest}`)
    case "slack":
      return scheme === "slack" ? slackOf(rest) : posted("slack", `${over}://${rest}`, forms["slack+https"])
    case "teams":
      return teamsOf(`${over}://${rest}`)
    case "ntfy":
      return ntfyOf(`${over}://${rest}`)
    case "alertmanager":
      return posted("alertmanager", `${over}://${rest}`, forms["alertmanager+https"])
    default:
      return mailOf(rest, scheme === "smtps")
  }
}

type PostedKind = Extract<Target, { readonly address: Address }>["kind"]

const posted = (kind: Exclude<PostedKind, "ntfy">, url: string, form: string): Parsed => {
  const address = addressOf(url)
  return address === undefined ? Result.fail(`has to be ${form}`) : Result.succeed({ kind, address })
}

const slackHooks = "https://hooks.slack.com/services/"

/** Slack gives the whole address, and some keep only its three tokens. */
const slackOf = (rest: string): Parsed => {
  const tokens = rest.replace(/\/$/, "").split("/")
  return tokens.length === 3 && tokens.every((token) => /^[A-Za-z0-9_-]+$/.test(token))
    ? posted("slack", `${slackHooks}${tokens.join("/")}`, forms.slack)
    : Result.fail(`has to be ${forms.slack}, or the webhook's address as Slack gives it`)
}

const webhookOf = (url: string): Parsed => {
  const address = addressOf(url)
  if (address === undefined) return Result.fail(`has to be ${forms.https}`)
  if (isRetired(address)) return retired
  return Result.succeed({ kind: url.toLowerCase().startsWith(slackHooks) ? "slack" : "webhook", address })
}

const retired: Parsed = Result.fail(
  "names an Office 365 connector, which Microsoft has retired: create a workflow «Send webhook alerts to a channel» in Teams and give its address as teams://HOST/PATH?QUERY"
)

const isRetired = ({ shown }: Address): boolean => /(^|\.)(outlook|webhook)\.office(365)?\.com$/i.test(shown)

const teamsOf = (url: string): Parsed => {
  const address = addressOf(url)
  if (address === undefined || new URL(url).pathname.length < 2) return Result.fail(`has to be ${forms.teams}`)
  return isRetired(address) ? retired : Result.succeed({ kind: "teams", address })
}

const ntfyOf = (url: string): Parsed => {
  const address = addressOf(url)
  if (address === undefined) return Result.fail(`has to be ${forms.ntfy}`)
  const { password, pathname, search, username } = new URL(url)
  const topic = pathname.slice(1)
  if (!/^[-_A-Za-z0-9]{1,64}$/.test(topic) || search !== "") return Result.fail(`has to be ${forms.ntfy}`)
  const token = username === "" && password !== "" ? { authorization: `Bearer ${credentialOf(password)}` } : {}
  const root = { ...address, url: new URL("/", address.url).href, headers: { ...address.headers, ...token } }
  return Result.succeed({ kind: "ntfy", address: root, topic })
}

const mailAddress = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/
const mostRecipients = 50
const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host)

/** A query whose `+` stands for itself, as it does in addresses of mail. */
const queryOf = (search: string): ReadonlyMap<string, string> =>
  new Map(
    search
      .replace(/^\?/, "")
      .split("&")
      .filter((pair) => pair !== "")
      .map((pair) => {
        const [name = "", ...value] = pair.split("=")
        return [percentDecoded(name), percentDecoded(value.join("="))]
      })
  )

const mailOf = (rest: string, isImplicit: boolean): Parsed => {
  const form = isImplicit ? forms.smtps : forms.smtp
  // As a URL of the web, so that host and port are read as they are everywhere else.
  if (!URL.canParse(`https://${rest}`)) return Result.fail(`has to be ${form}`)
  const url = new URL(`https://${rest}`)
  const query = queryOf(url.search)
  const unknown = [...query.keys()].find((name) => !["from", "to", "tls"].includes(name))
  if (unknown !== undefined)
    return Result.fail(`has a part ?${unknown.slice(0, 20)}= that is not known; it has to be ${form}`)
  const from = query.get("from") ?? ""
  const to = (query.get("to") ?? "").split(",").filter((address) => address !== "")
  if (
    !mailAddress.test(from) ||
    to.length === 0 ||
    to.length > mostRecipients ||
    !to.every((one) => mailAddress.test(one))
  ) {
    return Result.fail(`needs a sender and recipients, up to ${mostRecipients}: ${form}`)
  }
  const tls = query.get("tls") ?? (isImplicit ? "implicit" : "starttls")
  if (tls !== "starttls" && tls !== "none" && tls !== "implicit")
    return Result.fail("takes ?tls=none or no ?tls= at all")
  const host = url.hostname.replace(/^\[|\]$/g, "")
  const user = url.username === "" ? undefined : credentialOf(url.username)
  if (tls === "none" && user !== undefined && !isLoopback(host)) {
    return Result.fail("would send a password in the clear: leave out ?tls=none, or the user")
  }
  // What the URL of the web takes for its own default was written all the same.
  const port = url.port !== "" ? Number(url.port) : /:443(\/|\?|$)/.test(rest) ? 443 : isImplicit ? 465 : 587
  return Result.succeed({
    kind: "smtp",
    server: { host, port, tls, user, password: credentialOf(url.password), from, to }
  })
}
