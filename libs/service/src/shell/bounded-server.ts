import { createServer, type Server } from "node:http"

/** What an HTTP server spends on clients that are slow, or silent. */
export interface ServerLimits {
  /** A connection whose request's headers are not there by then is closed. */
  readonly headersTimeoutMs: number
  /** A connection whose request is not there as a whole by then is closed. */
  readonly requestTimeoutMs: number
  /** How often Node looks for such connections; by its own default every 30 s, whatever the two limits say. */
  readonly checkMs: number
  /** Connections at once; the next ones are closed as they come. */
  readonly connections: number
}

export const serverLimits: ServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  checkMs: 1_000,
  connections: 100
}

/** An HTTP server that a client cannot occupy by sending its request byte by byte, or not at all. */
export const boundedServer = (limits: ServerLimits = serverLimits): Server => {
  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkMs,
    maxHeaderSize: 64 * 1024
  })
  server.maxConnections = limits.connections
  return server
}
