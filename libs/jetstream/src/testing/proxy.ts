import { createConnection, createServer, type Socket } from "node:net"

/** A TCP proxy in front of a server, for faults that only a network makes. */
export interface TcpProxy {
  readonly url: string
  readonly port: number
  /** How many connections stand now. */
  readonly connections: () => number
  /** Cuts every connection at once; new ones are let through unless refused. */
  readonly cut: () => void
  /** Nothing flows any more, in both ways or in one, and nobody is told. */
  readonly pause: (way?: "both" | "toClient" | "toServer") => void
  readonly resume: () => void
  /** New connections are closed at once. */
  readonly refuse: (refuse: boolean) => void
  /**
   * Throws away the next bytes on their way to the client (or what comes within 100 ms, if that is less) and then cuts:
   * what the server believes to have delivered never arrived.
   */
  readonly swallowThenCut: (bytes: number) => void
  readonly close: () => Promise<void>
}

/** Starts a proxy on a free port of the loopback address. */
export const startProxy = (targetPort: number, targetHost = "127.0.0.1"): Promise<TcpProxy> =>
  new Promise((resolve, reject) => {
    const pairs = new Set<{ client: Socket; server: Socket }>()
    const paused = { toClient: false, toServer: false }
    let refusing = false
    let toSwallow = 0

    const cut = () => {
      for (const { client, server } of pairs) {
        client.destroy()
        server.destroy()
      }
      pairs.clear()
    }

    const listener = createServer((client) => {
      if (refusing) {
        client.destroy()
        return
      }
      const server = createConnection(targetPort, targetHost)
      const pair = { client, server }
      pairs.add(pair)
      client.setNoDelay(true)
      server.setNoDelay(true)
      const drop = () => {
        client.destroy()
        server.destroy()
        pairs.delete(pair)
      }
      for (const socket of [client, server]) socket.on("error", drop).on("close", drop)
      client.on("data", (chunk) => {
        if (!server.write(chunk)) client.pause()
      })
      server.on("drain", () => {
        if (!paused.toServer) client.resume()
      })
      server.on("data", (chunk) => {
        if (toSwallow > 0) {
          toSwallow -= chunk.length
          if (toSwallow <= 0) cut()
          return
        }
        if (!client.write(chunk)) server.pause()
      })
      client.on("drain", () => {
        if (!paused.toClient) server.resume()
      })
      if (paused.toServer) client.pause()
      if (paused.toClient) server.pause()
    })
    listener.once("error", reject)
    listener.listen(0, "127.0.0.1", () => {
      const { port } = listener.address() as { port: number }
      resolve({
        url: `nats://127.0.0.1:${port}`,
        port,
        connections: () => pairs.size,
        cut,
        pause: (way = "both") => {
          if (way !== "toServer") paused.toClient = true
          if (way !== "toClient") paused.toServer = true
          for (const { client, server } of pairs) {
            if (paused.toServer) client.pause()
            if (paused.toClient) server.pause()
          }
        },
        resume: () => {
          paused.toClient = false
          paused.toServer = false
          for (const { client, server } of pairs) {
            client.resume()
            server.resume()
          }
        },
        refuse: (refuse) => {
          refusing = refuse
        },
        swallowThenCut: (bytes) => {
          toSwallow = bytes
          setTimeout(() => {
            if (toSwallow <= 0) return
            toSwallow = 0
            cut()
          }, 100)
        },
        close: () =>
          new Promise((closed) => {
            cut()
            listener.close(() => closed())
          })
      })
    })
  })
