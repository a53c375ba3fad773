import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import { type UserFailure, wrongUsage } from "@chaussettes/service"
import { Result } from "effect"

/** Who may look: everybody who reaches the port, who has the token, or whom a proxy in front lets through. */
export type Access =
  | { readonly _tag: "Open" }
  | { readonly _tag: "Token"; readonly token: string }
  | { readonly _tag: "Proxy" }

/** A shorter token can be guessed. */
export const leastTokenChars = 16

export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)

/** Raw log lines are personal data: beyond this machine they are shown only behind a token, or a proxy that somebody vouches for. */
export const decideAccess = (options: {
  readonly host: string
  readonly token: string | undefined
  readonly behindProxy: boolean
}): Result.Result<Access, UserFailure> => {
  const { host, token, behindProxy } = options
  if (token !== undefined) {
    return token.length < leastTokenChars
      ? Result.fail(wrongUsage(`The access token is too short: it needs ${leastTokenChars} characters or more.`))
      : Result.succeed({ _tag: "Token", token })
  }
  if (behindProxy) return Result.succeed({ _tag: "Proxy" })
  if (isLoopback(host)) return Result.succeed({ _tag: "Open" })
  return Result.fail(
    wrongUsage(
      `Will not show raw log lines to everybody who reaches ${host}: give --access-token (CHAUSSETTES_DASHBOARD_TOKEN), or --behind-proxy if a proxy in front asks who it is.`
    )
  )
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

/** In a time that says nothing of where two texts differ, nor of their lengths. */
export const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

export const sessionCookie = "chaussettes-session"

/** What the cookie holds: proof that the token was known, from which the token cannot be had. */
export const sessionOf = (token: string): string =>
  createHmac("sha256", token).update("chaussettes dashboard session v1").digest("base64url")

/** A request has shown the token, by its cookie or as a script does. */
export const isAllowed = (access: Access, cookie: string | undefined, authorization: string | undefined): boolean => {
  if (access._tag !== "Token") return true
  if (cookie !== undefined && sameText(cookie, sessionOf(access.token))) return true
  const bearer = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1]
  return bearer !== undefined && sameText(bearer, access.token)
}

const ipLiteral = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/

/** The name in a `Host` header without its port, in lower case. */
export const hostName = (host: string): string => host.toLowerCase().replace(/:\d+$/, "")

/**
 * Against DNS rebinding: a page of somebody else's whose name is pointed at this machine sends that name. Addresses and
 * `localhost` cannot be pointed elsewhere; every other name must have been allowed.
 */
export const isKnownHost = (header: string | undefined, allowed: ReadonlyArray<string>): boolean => {
  if (header === undefined) return false
  const name = hostName(header)
  return ipLiteral.test(name) || name === "localhost" || allowed.some((a) => a.toLowerCase() === name)
}
