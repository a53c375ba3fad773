import type { StoreError } from "@chaussettes/jetstream"
import { Effect, Result, Schema } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { ErrorResponse } from "../api/index.ts"

const statusOf: { readonly [kind in ErrorResponse["error"]]: number } = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  outdated: 409,
  too_much: 422,
  busy: 429,
  unavailable: 503
}

const noStore = { "cache-control": "no-store" } as const

export const problem = (
  error: ErrorResponse["error"],
  message: string,
  more: Omit<ErrorResponse, "error" | "message"> = {}
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe({ error, message, ...more } satisfies ErrorResponse, {
    status: statusOf[error],
    headers: noStore
  })

export const answer = (body: unknown): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(body, { headers: noStore })

/** A question that is not understood is answered by which part of it is wrong. */
export class BadQuery {
  readonly _tag = "BadQuery"
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/** The query of the request, read by its schema. */
export const queryOf = <A>(schema: Schema.Codec<A, unknown>) => {
  const decode = Schema.decodeUnknownResult(schema)
  return Effect.flatMap(HttpServerRequest.ParsedSearchParams, (params) =>
    Result.match(decode(params), {
      onSuccess: (query) => Effect.succeed(query),
      onFailure: (error) => Effect.fail(new BadQuery(error.message.replace(/\s*\n\s*/g, " ")))
    })
  )
}

/** What the stores meet, for who asked: the server is away, or refuses. */
export const storeMessage = (error: StoreError): string =>
  `The NATS server is unavailable for ${error.what}: ${error.why}`

/** The path that is asked for, without the query. */
export const pathOf = ({ url }: { readonly url: string }): string => url.split("?")[0]!
