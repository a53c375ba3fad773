import type { Outdated, StoreError, Unreadable } from "@chaussettes/jetstream"
import { ByteSize, type Context, Effect, Layer, Result, Schema } from "effect"
import { HttpRouter, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { ActRequest, apiBase, ForceRequest } from "../api/index.ts"
import { Door } from "../http/door.ts"
import { answer, problem, storeMessage } from "../http/respond.ts"
import { act, type CannotAct, force } from "./act.ts"
import { Allowance } from "./allowance.ts"
import { operatorHeader } from "./header.ts"
import type { OperatorStores } from "./stores.ts"

/** What the door of the operator needs: the token that opens it, and where his word is written. */
export interface Operator {
  readonly token: string
  readonly stores: Context.Context<OperatorStores>
}

/** An act at all its limits. */
const mostBytes = ByteSize.kibibytes(32)

/** Writing takes a moment; longer than this it is given up, and may yet be done. */
const patience = "20 seconds"

/**
 * Whether the page itself may have sent it. Another site's page can send a form or a plain request, with cookies; it can set no header of its own without
 * being asked first, which this server never answers. Browsers say where a request comes from in two more headers, which have to agree where they
 * are.
 */
const isOfThisPage = ({ headers }: HttpServerRequest.HttpServerRequest): boolean => {
  const { origin, host } = headers
  const site = headers["sec-fetch-site"]
  if (headers[operatorHeader] !== "1" || !/^application\/json\b/i.test(headers["content-type"] ?? "")) return false
  if (site !== undefined && site !== "same-origin") return false
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
}

type ActError = CannotAct | Outdated | StoreError | Unreadable | { readonly _tag: "TimeoutError" }

const problemOf = (error: ActError): HttpServerResponse.HttpServerResponse => {
  switch (error._tag) {
    case "CannotAct":
      return problem("bad_request", error.message)
    case "Outdated":
      return problem("outdated", "Somebody else has set this threshold meanwhile. Look at it, and try again.")
    case "Unavailable":
    case "Refused":
      return problem("unavailable", storeMessage(error))
    case "Unreadable":
      return problem("unavailable", error.message)
    case "TimeoutError":
      return problem("unavailable", "This took too long; it may be done all the same.")
  }
}

/** The routes by which the operator acts. Without an operator there are none. */
export const operatorRoutes = ({ token, stores }: Operator) => {
  const door = new Door({ _tag: "Token", token })
  const allowance = new Allowance()
  /** Who may act, and how often; wrong tokens wait, as at the page's own door. */
  const refusal = (request: HttpServerRequest.HttpServerRequest) =>
    Effect.gen(function* () {
      if (!isOfThisPage(request)) return problem("forbidden", "Only the page itself may ask for this.")
      const lets = yield* door.lets("page", undefined, request.headers.authorization)
      if (lets === "busy") return problem("busy", "Too many wrong tokens were tried; try again in some seconds.")
      if (lets === "no") return problem("unauthorized", "The operator's token is needed.")
      return allowance.take(performance.now()) ? undefined : problem("busy", "Too many acts at once; wait a moment.")
    })
  const post = <A>(
    path: "/acts" | "/thresholds" | "/operator",
    schema: Schema.Codec<A, unknown>,
    ask: (asked: A) => Effect.Effect<unknown, ActError, OperatorStores>
  ) => {
    const decode = Schema.decodeUnknownResult(schema)
    return HttpRouter.add(
      "POST",
      `${apiBase}${path}`,
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const refused = yield* refusal(request)
        if (refused !== undefined) return refused
        const body = yield* request.json.pipe(
          Effect.provideService(HttpServerRequest.MaxBodySize, mostBytes),
          Effect.orElseSucceed(() => undefined)
        )
        const asked = decode(body)
        if (Result.isFailure(asked))
          return problem(
            "bad_request",
            `The body is not understood: ${asked.failure.message.replace(/\s*\n\s*/g, " ")}`
          )
        return yield* ask(asked.success).pipe(
          Effect.timeout(patience),
          Effect.map(answer),
          Effect.catch((error) => Effect.succeed(problemOf(error))),
          Effect.provide(stores)
        )
      })
    )
  }
  return Layer.mergeAll(
    // Whether the token is the right one, before anybody types a note.
    post("/operator", Schema.Struct({}), () => Effect.succeed({ ok: true })),
    post("/acts", ActRequest, ({ by, ...said }) => act(said, by)),
    post("/thresholds", ForceRequest, ({ dimension, threshold, revision }) =>
      Effect.map(force(dimension, threshold, revision), (put) => ({ dimension, revision: put }))
    )
  )
}

/** The paths that take a POST where there is an operator. */
export const operatorPaths: ReadonlyArray<string> = ["/operator", "/acts", "/thresholds"].map((p) => `${apiBase}${p}`)
