import { createSocket } from "node:dgram"
import { createServer, type Server, type Socket } from "node:net"
import { createServer as createTlsServer, type TlsOptions } from "node:tls"
import { Effect, type Scope } from "effect"
import type { Listener, Peers } from "./address.ts"
import { FrameSplitter, FrameTooLong, frameLine } from "./frames.ts"
import type { Intake } from "./intake.ts"
import { receiveLimits } from "./limits.ts"

export interface SyslogOptions {
  readonly listener: Listener
  readonly intake: Intake
  readonly peers: Peers | undefined
  /** For `tls`. */
  readonly tls: TlsOptions | undefined
  /** What was not taken, and why. */
  readonly onDropped: (why: "no room" | "not allowed" | "frame too long", peer: string) => void
}

/** Takes a line a datagram. Nobody tells its sender to wait, so what finds no room is dropped, and counted. */
export const listenUdp = Effect.fn("listenUdp")(function* ({
  listener,
  intake,
  peers,
  onDropped
}: SyslogOptions): Effect.fn.Return<number, Error, Scope.Scope> {
  const socket = yield* Effect.acquireRelease(
    Effect.sync(() =>
      createSocket({
        type: listener.host.includes(":") ? "udp6" : "udp4",
        recvBufferSize: receiveLimits.datagramBufferBytes
      })
    ),
    (own) => Effect.promise(() => new Promise<void>((resolve) => own.close(() => resolve())))
  )
  socket.on("message", (datagram, { address }) => {
    if (peers !== undefined && !peers.allows(address)) return onDropped("not allowed", address)
    if (!intake.hasRoom) return onDropped("no room", address)
    intake.offer([frameLine(datagram)])
  })
  return yield* Effect.callback<number, Error>((resume) => {
    socket.once("error", (error) => resume(Effect.fail(error)))
    socket.bind(listener.port, listener.host, () => {
      socket.on("error", () => {})
      resume(Effect.succeed(socket.address().port))
    })
  })
})

/** Takes the lines of connections, plain or by TLS. While there is no room, nothing is read, so that senders wait. */
export const listenTcp = Effect.fn("listenTcp")(function* (
  options: SyslogOptions
): Effect.fn.Return<number, Error, Scope.Scope> {
  const { listener, peers, onDropped } = options
  const open = new Set<Socket>()
  const take = (socket: Socket) => {
    socket.on("error", () => {})
    const peer = socket.remoteAddress ?? ""
    if (peers !== undefined && !peers.allows(peer)) {
      onDropped("not allowed", peer)
      return void socket.destroy()
    }
    open.add(socket)
    socket.once("close", () => open.delete(socket))
    receive(socket, peer, options)
  }
  const server: Server =
    listener.protocol === "tls"
      ? createTlsServer({ ...options.tls, handshakeTimeout: receiveLimits.headersMs }, take)
      : createServer(take)
  server.maxConnections = receiveLimits.connections
  server.on("tlsClientError", () => {})
  yield* Effect.addFinalizer(() =>
    Effect.promise(
      () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          for (const socket of open) socket.destroy()
        })
    )
  )
  return yield* listening(server, listener)
})

const receive = (socket: Socket, peer: string, { intake, onDropped }: SyslogOptions): void => {
  const splitter = new FrameSplitter()
  socket.setKeepAlive(true, receiveLimits.keepAliveMs)
  socket.on("data", (chunk: Buffer) => {
    try {
      intake.offer(splitter.push(chunk))
    } catch (error) {
      if (!(error instanceof FrameTooLong)) throw error
      onDropped("frame too long", peer)
      return void socket.destroy()
    }
    if (intake.hasRoom) return
    socket.pause()
    void intake.room().then(() => socket.resume())
  })
  socket.once("end", () => {
    intake.offer(splitter.end())
    socket.end()
  })
}

/** Listens; answers the port. */
export const listening = (server: Server, { host, port }: Listener): Effect.Effect<number, Error> =>
  Effect.callback<number, Error>((resume) => {
    server.once("error", (error) => resume(Effect.fail(error)))
    server.listen(port, host, () => {
      server.on("error", () => {})
      resume(Effect.succeed((server.address() as { readonly port: number }).port))
    })
  })
