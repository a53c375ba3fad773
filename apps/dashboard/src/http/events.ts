import { toIncomingMessage } from "@effect/platform-node/NodeHttpServerRequest"
import { Effect, Stream } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { Feed } from "../live/feed.ts"
import { encodeEvent } from "../live/hub.ts"
import type { Access } from "./access.ts"
import { problem } from "./respond.ts"

const encoder = new TextEncoder()
/** A browser that lost the connection comes back after this long. */
const retryMs = 2_000

/** A stream of events from where the client is: by `Last-Event-ID` on a reconnection, by `after` at first. */
export const events = (access: Access) =>
  Effect.gen(function* () {
    const feed = yield* Feed
    const request = yield* HttpServerRequest.HttpServerRequest
    const params = yield* HttpServerRequest.ParsedSearchParams
    const after = request.headers["last-event-id"] ?? (typeof params.after === "string" ? params.after : undefined)
    const socket = toIncomingMessage(request).socket
    // A proxy adds where a request came from behind what the client says itself.
    const forwarded =
      access._tag === "Proxy" ? request.headers["x-forwarded-for"]?.split(",").at(-1)?.trim() : undefined
    const address = forwarded ?? socket.remoteAddress ?? ""
    if (feed.hub.isFullFor(address)) return problem("busy", "Too many viewers are connected.")
    const status = yield* feed.status
    const stream = feed.hub.subscribe(
      address,
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
