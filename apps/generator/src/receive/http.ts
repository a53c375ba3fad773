import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { TlsOptions } from "node:tls"
import { logsStream } from "@chaussettes/jetstream/topology"
import { Effect, type Scope } from "effect"
import type { Listener } from "./address.ts"
import { BadBody, linesOfBody } from "./body.ts"
import type { HttpDoor } from "./http-door.ts"
import type { Intake } from "./intake.ts"
import { receiveLimits } from "./limits.ts"
import { bodiesOfJson } from "./otlp/json.ts"
import { bodiesOfProtobuf, responseProtobuf, statusProtobuf } from "./otlp/protobuf.ts"
import { linesOfRecords } from "./otlp/records.ts"
import { bodyOf, Refusal } from "./request.ts"
import { listening } from "./syslog.ts"

/*
 * POST / takes lines, POST /v1/logs OTLP's logs. Each request is answered 200 when LOGS has acknowledged its lines, and 503 where that takes too long:
 * its sender tries again, and lines may then come twice.
 */

export interface HttpOptions {
  readonly listener: Listener
  readonly intake: Intake
  readonly door: HttpDoor
  /** For `https`. */
  readonly tls: TlsOptions | undefined
}

interface Reply {
  readonly type: string
  readonly body: string | Uint8Array
}

const json = (value: object): Reply => ({ type: "application/json", body: JSON.stringify(value) })
const protobufTypes = ["application/x-protobuf", "application/protobuf"]
const typeOf = (request: IncomingMessage): string =>
  (request.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase()
const isProtobuf = (request: IncomingMessage): boolean => protobufTypes.includes(typeOf(request))

/** Waits until the lines are stored. Throws a `Refusal`. */
const store = async (intake: Intake, lines: ReadonlyArray<Uint8Array>): Promise<void> => {
  if (lines.length > receiveLimits.linesABody) {
    throw new Refusal(413, `a body may hold at most ${receiveLimits.linesABody} lines: send fewer at a time`)
  }
  await new Promise<void>((resolve, reject) => {
    const stored = () => {
      clearTimeout(patience)
      resolve()
    }
    const patience = setTimeout(() => {
      intake.withdraw(stored)
      reject(new Refusal(503, `${logsStream} has not acknowledged these lines: send them again`, 5))
    }, receiveLimits.storeMs)
    intake.offer(lines, stored)
  })
}

const malformed = (error: unknown): Refusal =>
  new Refusal(400, `not an ExportLogsServiceRequest: ${error instanceof Error ? error.message : error}`)

const takeOtlp = async (request: IncomingMessage, intake: Intake): Promise<Reply> => {
  const asProtobuf = isProtobuf(request)
  if (!asProtobuf && typeOf(request) !== "application/json") {
    throw new Refusal(415, "send it with the content-type application/x-protobuf or application/json")
  }
  const body = await bodyOf(request)
  let records: ReturnType<typeof linesOfRecords>
  try {
    records = linesOfRecords(asProtobuf ? bodiesOfProtobuf(body) : bodiesOfJson(body.toString("utf8")))
  } catch (error) {
    throw malformed(error)
  }
  const { lines, rejected } = records
  await store(intake, lines)
  const why = `${rejected} records have no body: put the line there`
  if (asProtobuf) return { type: "application/x-protobuf", body: responseProtobuf(rejected, why) }
  return json(rejected === 0 ? {} : { partialSuccess: { rejectedLogRecords: `${rejected}`, errorMessage: why } })
}

const takeLines = async (request: IncomingMessage, intake: Intake): Promise<Reply> => {
  const body = await bodyOf(request)
  let lines: ReadonlyArray<Uint8Array>
  try {
    lines = linesOfBody(body)
  } catch (error) {
    if (error instanceof BadBody) throw new Refusal(400, error.message)
    throw error
  }
  await store(intake, lines)
  return json({ lines: lines.length })
}

const routes: { readonly [path: string]: typeof takeLines } = { "/": takeLines, "/v1/logs": takeOtlp }

export const listenHttp = Effect.fn("listenHttp")(function* ({
  listener,
  intake,
  door,
  tls
}: HttpOptions): Effect.fn.Return<number, Error, Scope.Scope> {
  let bodies = 0
  const take = async (request: IncomingMessage): Promise<Reply> => {
    await door.check(request)
    const route = routes[new URL(request.url ?? "/", "http://ship").pathname]
    if (route === undefined) throw new Refusal(404, "POST / takes lines, POST /v1/logs OTLP's logs")
    if (request.method !== "POST") throw new Refusal(405, "only POST is allowed")
    // A sender waits by itself where it is told to.
    if (!intake.hasRoom || bodies >= receiveLimits.bodiesAtOnce)
      throw new Refusal(503, "too many requests at once: try again", 1)
    bodies++
    try {
      return await route(request, intake)
    } finally {
      bodies--
    }
  }
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    request.on("error", () => {})
    void take(request).then(
      ({ type, body }) => response.writeHead(200, { "content-type": type }).end(body),
      (error) => refuse(request, response, error)
    )
  }
  const timeouts = {
    headersTimeout: receiveLimits.headersMs,
    requestTimeout: receiveLimits.requestMs,
    maxHeaderSize: 16 * 1024
  }
  const server: Server =
    listener.protocol === "https"
      ? (createTlsServer(
          { ...tls, ...timeouts, handshakeTimeout: receiveLimits.headersMs },
          handle
        ) as unknown as Server)
      : createServer(timeouts, handle)
  server.maxConnections = receiveLimits.connections
  server.on("tlsClientError", () => {})
  yield* Effect.addFinalizer(() =>
    Effect.promise(
      () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeIdleConnections()
          setTimeout(() => server.closeAllConnections(), receiveLimits.endMs).unref()
        })
    )
  )
  return yield* listening(server, listener)
})

const refuse = (request: IncomingMessage, response: ServerResponse, error: unknown): void => {
  // The sender is gone.
  if (request.destroyed && !request.complete) return void response.destroy()
  const { status, message, retryAfterS } =
    error instanceof Refusal ? error : new Refusal(500, error instanceof Error ? error.message : `${error}`)
  response.writeHead(status, {
    "content-type": isProtobuf(request) ? "application/x-protobuf" : "application/json",
    // What is left of the body is not read.
    ...(request.complete ? {} : { connection: "close" }),
    ...(retryAfterS === undefined ? {} : { "retry-after": `${retryAfterS}` }),
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(status === 405 ? { allow: "POST" } : {})
  })
  response.end(isProtobuf(request) ? statusProtobuf(message) : JSON.stringify({ message }))
}
