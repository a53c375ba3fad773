import { toIncomingMessage } from "@effect/platform-node/NodeHttpServerRequest"
import { Effect, Stream } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { Feed } from "../live/feed.ts"
import { encodeEvent } from "../live/hub.ts"
import { problem } from "./respond.ts"

const encoder = new TextEncoder()
/** A browser that lost the connection comes back after this long. */
const retryMs = 2_000

/** A stream of events from where the client is: by `Last-Event-ID` on a reconnection, by `after` at first. */
export const events = Effect.gen(function* () {
  const feed = yield* Feed
  const request = yield* HttpServerRequest.HttpServerRequest
  const params = yield* HttpServerRequest.ParsedSearchParams
  if (feed.hub.full) return problem("busy", "Too many viewers are connected.")
  const after = request.headers["last-event-id"] ?? (typeof params.after === "string" ? params.after : undefined)
  const socket = toIncomingMessage(request).socket
  const status = yield* feed.status
  const stream = feed.hub.subscribe(
    () => [
      encoder.encode(`retry: ${retryMs}\n\n`),
      ...feed.missedSince(after),
      encodeEvent("status", status, feed.position())
    ],
    () => socket.destroy()
  )
  return HttpServerResponse.stream(Stream.unwrap(stream), {
    contentType: "text/event-stream",
    headers: { "cache-control": "no-store, no-transform", "x-accel-buffering": "no" }
  })
})
