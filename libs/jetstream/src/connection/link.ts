import { type NatsConnection, PermissionViolationError } from "@nats-io/transport-node"

/** What happens to a connection, told at once to whoever has messages under way on it. */
export type LinkEvent =
  | { readonly _tag: "Disconnected"; readonly why: string }
  | { readonly _tag: "Reconnected"; readonly count: number }
  /** The server drops such a message without an answer: nobody would learn of it but by this event. */
  | { readonly _tag: "Forbidden"; readonly operation: "publish" | "subscription"; readonly subject: string }
  | { readonly _tag: "Closed"; readonly why: string | undefined }

export type LinkStatus =
  | { readonly _tag: "connected"; readonly server: string }
  | { readonly _tag: "disconnected"; readonly sinceMs: number; readonly why: string }
  | { readonly _tag: "closed"; readonly why: string | undefined }

/** A connection with its events as plain callbacks. Nothing here is an Effect: the fast paths live below. */
export class Link {
  readonly nc: NatsConnection
  /** Where answers may arrive; undefined for the client's own default. */
  readonly inboxPrefix: string | undefined
  /** What the subjects of the JetStream API begin with. */
  readonly apiPrefix: string
  readonly #isAnonymous: boolean
  #status: LinkStatus
  #reconnections = 0
  #lastError: string | undefined
  readonly #listeners = new Set<(event: LinkEvent) => void>()

  constructor(nc: NatsConnection, inboxPrefix?: string, apiPrefix = "$JS.API", isAnonymous = false) {
    this.nc = nc
    this.#isAnonymous = isAnonymous
    this.apiPrefix = apiPrefix
    this.inboxPrefix = inboxPrefix
    this.#status = { _tag: "connected", server: nc.getServer() }
    void this.#follow()
    void nc.closed().then((error) => {
      this.#status = { _tag: "closed", why: error instanceof Error ? error.message : undefined }
      this.#tell({ _tag: "Closed", why: this.#status.why })
      this.#listeners.clear()
    })
  }

  get status(): LinkStatus {
    return this.#status
  }

  get connected(): boolean {
    return this.#status._tag === "connected"
  }

  /** The server has users, and this connection names none of them. */
  get lacksCredentials(): boolean {
    return this.#isAnonymous && this.nc.info?.auth_required === true
  }

  /** How often it was connected anew. Rises before `Reconnected` is told. */
  get reconnections(): number {
    return this.#reconnections
  }

  /** Calls back on every event from now on; answers how to stop. */
  listen(listener: (event: LinkEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  #tell(event: LinkEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  async #follow(): Promise<void> {
    for await (const event of this.nc.status()) {
      switch (event.type) {
        case "disconnect":
          this.#disconnected()
          break
        case "staleConnection":
          this.#lastError = "the server stopped answering"
          break
        case "reconnect":
          this.#connected(event.server)
          break
        case "error":
          if (event.error instanceof PermissionViolationError) {
            const { operation, subject } = event.error
            this.#tell({ _tag: "Forbidden", operation, subject })
          } else this.#lastError = event.error.message
          break
        default:
      }
    }
  }

  /** The client says so again for each attempt that the server turned away: it is told once, with the newest reason kept. */
  #disconnected(): void {
    const why = this.#lastError
    this.#lastError = undefined
    const status = this.#status
    if (status._tag === "disconnected") {
      if (why !== undefined) this.#status = { ...status, why }
      return
    }
    const first = why ?? "the server closed the connection"
    this.#status = { _tag: "disconnected", sinceMs: Date.now(), why: first }
    this.#tell({ _tag: "Disconnected", why: first })
  }

  #connected(server: string): void {
    if (this.#status._tag === "connected") return
    this.#lastError = undefined
    this.#reconnections++
    this.#status = { _tag: "connected", server }
    this.#tell({ _tag: "Reconnected", count: this.#reconnections })
  }
}
