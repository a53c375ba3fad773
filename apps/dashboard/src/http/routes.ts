import type {
  Acts,
  Alerts,
  Incidents,
  LogsReader,
  RejectsLog,
  StoreError,
  Unreadable,
  Windows
} from "@chaussettes/jetstream"
import type { NoSuchAlert, NoSuchIncident, NotAnAlertId, NotAnIncidentId } from "@chaussettes/readmodel/queries"
import { healthRoutes, metricsRoute } from "@chaussettes/service/operations-server"
import { ByteSize, type Cause, Effect, Layer, Stream } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import {
  AlertsQuery,
  apiBase,
  apiBase2,
  DecidedQuery,
  type ErrorResponse,
  ExplainQuery,
  type ExploreEvent,
  ExploreQuery,
  RejectsQuery,
  SeriesQuery,
  type StatusResponse,
  TopQuery,
  WhatIfQuery
} from "../api/index.ts"
import { Feed } from "../live/feed.ts"
import { type Operator, operatorRoutes } from "../operator/routes.ts"
import { actsSaid, incidentActsOf } from "../queries/acts.ts"
import { alertsOf, incidentsIn } from "../queries/alerts.ts"
import type { TooManyLines } from "../queries/counting.ts"
import { explanationOf } from "../queries/explain.ts"
import { type ExploreError, exploreSpan } from "../queries/explore.ts"
import { decidedOf, incidentLinesOf, incidentOf } from "../queries/incidents.ts"
import { rejectsOf } from "../queries/rejects.ts"
import { seriesOf } from "../queries/series.ts"
import { topOf } from "../queries/top.ts"
import { type Busy, inTurn } from "../queries/turn.ts"
import { whatIfOf } from "../queries/what-if.ts"
import { viewPaths } from "../views.ts"
import { type Access, sessionCookie } from "./access.ts"
import { Answers } from "./answers.ts"
import { Door } from "./door.ts"
import { events } from "./events.ts"
import { answer, type BadQuery, pathOf, problem, queryOf, storeMessage } from "./respond.ts"
import { type Assets, respondWith } from "./static.ts"

export interface RouteSettings {
  readonly access: Access
  readonly pathPrefix: string
  readonly assets: Assets
  /** Who may act through the page; without one nobody can. */
  readonly operator?: Operator
}

const pathParam = Effect.map(HttpRouter.params, (params) => params.id ?? "")

/** Beyond this a question is given up, so that nobody waits for ever and nothing piles up. */
const patience = "60 seconds"

/** The questions of the API. */
const questions = {
  status: Effect.flatMap(Feed, (feed) => feed.status satisfies Effect.Effect<typeof StatusResponse.Type>),
  series: Effect.gen(function* () {
    return seriesOf(yield* Feed, yield* queryOf(SeriesQuery))
  }),
  alerts: Effect.flatMap(queryOf(AlertsQuery), alertsOf),
  incidents: Effect.flatMap(queryOf(AlertsQuery), incidentsIn),
  decided: Effect.gen(function* () {
    return yield* decidedOf(yield* Feed, yield* queryOf(DecidedQuery))
  }),
  incident: Effect.gen(function* () {
    return yield* incidentOf(yield* Feed, yield* pathParam)
  }),
  acts: actsSaid,
  incidentActs: Effect.gen(function* () {
    return yield* incidentActsOf(yield* Feed, yield* pathParam)
  }),
  incidentLines: Effect.gen(function* () {
    return yield* incidentLinesOf(yield* pathParam, yield* queryOf(ExplainQuery))
  }),
  explain: Effect.gen(function* () {
    return yield* explanationOf(yield* pathParam, yield* queryOf(ExplainQuery))
  }),
  top: Effect.flatMap(queryOf(TopQuery), topOf),
  whatIf: Effect.flatMap(queryOf(WhatIfQuery), whatIfOf),
  rejects: Effect.flatMap(queryOf(RejectsQuery), rejectsOf)
}

type Stores = Feed | Windows | Acts | Alerts | Incidents | LogsReader | RejectsLog

/** A page of somebody else's in a viewer's browser neither asks nor logs in. */
const notFromOtherSites = HttpRouter.middleware((route) =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) =>
    headers["sec-fetch-site"] === "cross-site"
      ? Effect.succeed(problem("forbidden", "Requests from other sites are not allowed."))
      : route
  )
)

const tooManyGuesses = problem("busy", "Too many wrong tokens were tried; try again in some seconds.")

/**
 * Whatever says something of the logs says it to those only who may look. This stands on the routes themselves and not on how a path is written,
 * since the router takes `/%61pi` and `//API` for the same.
 */
const viewersOnly = (door: Door, what: "page" | "lines") =>
  HttpRouter.middleware((route) =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ cookies, headers }) =>
      Effect.flatMap(door.lets(what, cookies[sessionCookie], headers.authorization), (answer) => {
        if (answer === "yes") return route
        return Effect.succeed(answer === "no" ? problem("unauthorized", "The access token is needed.") : tooManyGuesses)
      })
    )
  )

/** One reads LOGS at a time, so that the memory is that of one; so many more may wait. */
const mostExplaining = 16

export const routes = (settings: RouteSettings) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const stores = yield* Effect.context<Stores>()
      const feed = yield* Feed
      const door = new Door(settings.access)
      const oneAtATime = inTurn(mostExplaining)
      // While older windows are being read, answers change without anything new.
      const answers = new Answers(() => `${feed.position()}/${feed.actsSeq()}/${feed.loaded()}`, yield* Effect.scope)
      const shared = <A, E, R>(ask: Effect.Effect<A, E, R>) => answers.shared(Effect.timeout(ask, patience))
      const question = <A, E extends QuestionError, R extends Stores | HttpRouter.Provided>(
        path: `/${string}`,
        ask: Effect.Effect<A, E, R>,
        base: typeof apiBase | typeof apiBase2 = apiBase
      ) =>
        HttpRouter.add(
          "GET",
          `${base}${path}`,
          ask.pipe(
            Effect.timeout(patience),
            Effect.map(answer),
            Effect.catch((error) => Effect.succeed(problemOf(error))),
            Effect.provide(stores)
          )
        )
      const forViewers = Layer.mergeAll(
        question("/status", questions.status),
        question("/operator", Effect.succeed({ acts: settings.operator !== undefined })),
        question("/series", shared(questions.series)),
        question("/alerts", questions.alerts),
        question("/incidents", shared(questions.incidents)),
        question("/incidents", shared(questions.decided), apiBase2),
        question("/incidents/:id", shared(questions.incident), apiBase2),
        question("/top", shared(questions.top)),
        question("/what-if", shared(questions.whatIf)),
        HttpRouter.add("GET", `${apiBase}/explore`, Effect.provide(explored(false), stores)),
        HttpRouter.add("GET", `${apiBase}/events`, Effect.provide(events(settings.access), stores)),
        ...([apiBase, apiBase2] as const).map((base) =>
          HttpRouter.add(
            "*",
            `${base}/*`,
            Effect.sync(() => problem("not_found", "Not found; see docs/api.md."))
          )
        ),
        metricsRoute
      ).pipe(Layer.provide(viewersOnly(door, "page").layer))
      const withLines = Layer.mergeAll(
        question("/alerts/:id", oneAtATime(questions.explain)),
        HttpRouter.add("GET", `${apiBase}/explore/lines`, Effect.provide(explored(true), stores)),
        question("/acts", oneAtATime(questions.acts), apiBase2),
        question("/incidents/:id/acts", oneAtATime(questions.incidentActs), apiBase2),
        question("/incidents/:id/lines", oneAtATime(questions.incidentLines), apiBase2),
        question("/rejects", questions.rejects)
      ).pipe(Layer.provide(viewersOnly(door, "lines").layer))
      // The page's own files hold nothing of the logs: it asks for the token by itself.
      return Layer.mergeAll(
        Layer.mergeAll(
          forViewers,
          withLines,
          HttpRouter.add("POST", `${apiBase}/login`, login(settings, door)),
          HttpRouter.add("POST", `${apiBase}/logout`, logout(door)),
          settings.operator === undefined ? Layer.empty : operatorRoutes(settings.operator)
        ).pipe(Layer.provide(notFromOtherSites.layer)),
        HttpRouter.add("GET", "/*", page(settings.assets)),
        healthRoutes
      )
    })
  )

const encoder = new TextEncoder()
const encodeEvent = (event: ExploreEvent): Uint8Array => encoder.encode(`${JSON.stringify(event)}\n`)

/** A count tells how far it is, one object a line; whoever goes away ends it. */
const explored = (withLines: boolean) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<Stores>()
    const query = yield* queryOf(ExploreQuery)
    const events = exploreSpan(query, withLines).pipe(
      Stream.timeout(patience),
      Stream.catch((error: ExploreError) => Stream.succeed({ problem: toldOf(error) })),
      Stream.map(encodeEvent),
      Stream.provideContext(context)
    )
    return HttpServerResponse.stream(events, {
      contentType: "application/x-ndjson",
      headers: { "cache-control": "no-store, no-transform", "x-accel-buffering": "no" }
    })
  }).pipe(Effect.catch((error) => Effect.succeed(problemOf(error))))

type QuestionError =
  | BadQuery
  | NotAnAlertId
  | NoSuchAlert
  | NotAnIncidentId
  | NoSuchIncident
  | TooManyLines
  | Busy
  | Cause.TimeoutError
  | StoreError
  | Unreadable

const problemOf = (error: QuestionError): HttpServerResponse.HttpServerResponse => {
  const { error: kind, message, ...more } = toldOf(error)
  return problem(kind, message, more)
}

const toldOf = (error: QuestionError): ErrorResponse => {
  switch (error._tag) {
    case "BadQuery":
      return { error: "bad_request", message: error.message }
    case "NotAnAlertId":
      return { error: "bad_request", message: "This is not the name of an alert." }
    case "NoSuchAlert":
      return {
        error: "not_found",
        message: "There is no such alert: it was never raised, or it is older than ALERTS keeps."
      }
    case "NotAnIncidentId":
      return { error: "bad_request", message: "This is not the id of an incident." }
    case "NoSuchIncident":
      return {
        error: "not_found",
        message: "There is no such incident: it was never told, or it is older than INCIDENTS keeps."
      }
    case "TooManyLines":
      return { error: "too_much", message: "The span holds too many lines to be counted.", lines: error.lines }
    case "Busy":
      return { error: "busy", message: "Too many such requests at once; try again in a moment." }
    case "TimeoutError":
      return { error: "unavailable", message: "This took too long." }
    case "Unavailable":
    case "Refused":
      return { error: "unavailable", message: storeMessage(error) }
    case "Unreadable":
      return { error: "unavailable", message: error.message }
  }
}

/** Room for any token; more would be held in memory for somebody who has not shown one. */
const mostLoginBytes = ByteSize.kibibytes(4)

/** Takes the token and gives a cookie for it. */
const login = (settings: RouteSettings, door: Door) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    if (!door.asks) return problem("not_found", "No token is needed here.")
    const body = yield* request.json.pipe(
      Effect.provideService(HttpServerRequest.MaxBodySize, mostLoginBytes),
      Effect.orElseSucceed(() => undefined)
    )
    if (body === undefined) return problem("bad_request", `The body must be {"token": "…"}.`)
    const token = (body as { token?: unknown } | null)?.token
    const opened = typeof token === "string" ? yield* door.open(token) : "no"
    if (opened === "busy") return tooManyGuesses
    if (opened === "no") return problem("unauthorized", "This is not the token.")
    return HttpServerResponse.setCookieUnsafe(HttpServerResponse.empty(), sessionCookie, opened.session, {
      httpOnly: true,
      sameSite: "strict",
      secure: request.headers["x-forwarded-proto"] === "https",
      path: `${settings.pathPrefix}/`,
      maxAge: "7 days"
    })
  })

/** Ends the session: its cookie opens nothing any more. */
const logout = (door: Door) =>
  Effect.map(HttpServerRequest.HttpServerRequest, ({ cookies }) => {
    door.end(cookies[sessionCookie])
    return HttpServerResponse.empty()
  })

/** The page for each of its views, and the files that it is made of. */
const page = (assets: Assets) =>
  Effect.map(HttpServerRequest.HttpServerRequest, (request) => {
    const path = pathOf(request)
    const file = assets.files.get(path)
    if (file !== undefined) return respondWith(file, request.headers)
    if (path.startsWith("/assets/")) return HttpServerResponse.text("Not found\n", { status: 404 })
    const [, first = "", ...below] = path.split("/")
    if (below.length > 0 && !viewPaths.some((view) => view === `/${first}`)) {
      // Below a path that a proxy has left on, the page would load nothing: blank, and no word of why.
      return HttpServerResponse.text(
        `The page has no view /${first}. If a proxy shows it below this path, start it with --path-prefix /${first}\n`,
        { status: 404 }
      )
    }
    return respondWith(assets.index(path), request.headers)
  })
