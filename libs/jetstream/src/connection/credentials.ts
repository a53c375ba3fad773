import { Refused, type StoreError, Unavailable } from "../errors.ts"
import { isKeptFromUs } from "./api-errors.ts"
import type { Link } from "./link.ts"

/**
 * Who names no user on a server that has some is a viewer, or whatever its `no_auth_user` may: it is shown a part of what there is, and of the
 * rest it is often not even told that it may not ask. So an answer that does not come says nothing of the server.
 */
export const withoutCredentials = (what: string, cause?: unknown): Refused =>
  new Refused({
    what,
    why: "the server requires credentials, and none were given",
    remedy:
      "Give a role's credentials with --context FILE, or with NATS_USER and NATS_PASSWORD: `chaussettes credentials` writes a context for each role, and `chaussettes start` keeps its own in .chaussettes/credentials.",
    cause
  })

/** An error as it is to be told: where no credentials were given, what only those with some are answered is not there for them. */
export const explained = <E>(link: Link, error: E | StoreError): E | StoreError =>
  link.lacksCredentials && isStoreError(error) && isKeptFromUs(error.cause)
    ? withoutCredentials(error.what, error.cause)
    : error

const isStoreError = (error: unknown): error is StoreError => error instanceof Unavailable || error instanceof Refused
