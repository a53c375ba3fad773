import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"

interface Got {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  // biome-ignore lint/suspicious/noExplicitAny: whatever was posted
  readonly body: any
}

/** What a receiver does with the next requests: takes them, answers a status, or never answers. */
type Manner =
  | "takes"
  | "hangs"
  | "drops"
  | { readonly status: number; readonly body?: string; readonly location?: string }

export interface FakeReceiver {
  readonly url: string
  /** Requests that were taken. */
  readonly taken: Array<Got>
  /** All requests, taken or not. */
  readonly seen: () => number
  readonly behave: (manner: Manner) => void
  readonly close: () => Promise<void>
}

/** A program that is told of incidents, and misbehaves as it is told to. */
export const startReceiver = async (): Promise<FakeReceiver> => {
  const taken: Array<Got> = []
  let manner: Manner = "takes"
  let seen = 0
  const server = createServer((request, response) => {
    let text = ""
    request.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk
    })
    request.on("end", () => {
      seen++
      if (manner === "hangs") return
      if (manner === "drops") return void request.socket.destroy()
      if (manner !== "takes") {
        response.writeHead(manner.status, manner.location === undefined ? {} : { location: manner.location })
        return void response.end(manner.body ?? "")
      }
      taken.push({ path: request.url ?? "", headers: request.headers, body: JSON.parse(text) })
      response.end("{}")
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    seen: () => seen,
    behave: (next) => {
      manner = next
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      })
  }
}
