import { isLoopback, tokenWeakness, type UserFailure, wrongUsage } from "@chaussettes/service"
import { Result } from "effect"

/**
 * Who may look: everybody who reaches the port, who has the token, or whom a proxy in front lets through. With a token for lines, whoever else
 * may look sees raw lines and rejects only by that one.
 */
export type Access =
  | { readonly _tag: "Open"; readonly linesToken?: string }
  | { readonly _tag: "Token"; readonly token: string }
  | { readonly _tag: "Proxy"; readonly linesToken?: string }

/** Raw log lines are personal data: beyond this machine they are shown only behind a token, or a proxy that somebody vouches for. */
export const decideAccess = (options: {
  readonly host: string
  readonly token: string | undefined
  readonly linesToken?: string | undefined
  readonly behindProxy: boolean
}): Result.Result<Access, UserFailure> => {
  const { host, token, linesToken, behindProxy } = options
  const weak = [token, linesToken].flatMap((given) => (given === undefined ? [] : (tokenWeakness(given) ?? [])))[0]
  if (weak !== undefined) return Result.fail(weak)
  if (token !== undefined) return Result.succeed({ _tag: "Token", token })
  const lines = linesToken === undefined ? {} : { linesToken }
  if (behindProxy) return Result.succeed({ _tag: "Proxy", ...lines })
  if (isLoopback(host)) return Result.succeed({ _tag: "Open", ...lines })
  return Result.fail(
    wrongUsage(
      `Refusing to show raw log lines to every client that reaches ${host}: set --access-token (CHAUSSETTES_DASHBOARD_TOKEN), or --behind-proxy if a proxy in front authenticates viewers.`
    )
  )
}

export const sessionCookie = "chaussettes-session"

/** The token that opens what is asked for; undefined where nobody needs one. */
export const tokenFor = (access: Access, what: "page" | "lines"): string | undefined =>
  access._tag === "Token" ? access.token : what === "lines" ? access.linesToken : undefined

const ipLiteral = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/

/** The name in a `Host` header without its port, in lower case. */
const hostName = (host: string): string => host.toLowerCase().replace(/:\d+$/, "")

/**
 * Against DNS rebinding: a page of somebody else's whose name is pointed at this machine sends that name. Addresses and
 * `localhost` cannot be pointed elsewhere; every other name must have been allowed.
 */
export const isKnownHost = (header: string | undefined, allowed: ReadonlyArray<string>): boolean => {
  if (header === undefined) return false
  const name = hostName(header)
  return ipLiteral.test(name) || name === "localhost" || allowed.some((a) => a.toLowerCase() === name)
}
