import { createHash } from "node:crypto"
import { connect, createServer, type Server } from "node:net"
import { Effect, type Scope } from "effect"
import { failed, type UserFailure } from "./failure.ts"

/*
 * One ship a source on a machine: the first one listens on a socket without a file (abstract, so that it is gone with its process
 * however that ends). Whoever asks there is told how far each file is: `status` does. Where the system has no such sockets the server's
 * refusal is all that keeps two ships apart.
 */

/** How far a file is. */
export interface FileLag {
  readonly path: string
  readonly sent_bytes: number
  /** Behind what is sent. */
  readonly lag_bytes: number
  /** For how long the oldest line that is not sent has waited. */
  readonly lag_seconds: number
}

export interface ShipState {
  readonly source: string
  readonly pid: number
  readonly files: ReadonlyArray<FileLag>
}

const hasAbstractSockets = process.platform === "linux"
const askMs = 500
const mostAnswerBytes = 1024 * 1024

const socketOf = (source: string): string =>
  `\0chaussettes-ship-${createHash("sha256").update(source).digest("hex").slice(0, 24)}`

/** Holds the source for as long as the scope is open. */
export const onlyShip = (source: string, state: () => ShipState): Effect.Effect<void, UserFailure, Scope.Scope> =>
  hasAbstractSockets
    ? Effect.asVoid(
        Effect.acquireRelease(
          Effect.callback<Server, UserFailure>((resume) => {
            const server = createServer((socket) => {
              socket.on("error", () => {})
              socket.end(JSON.stringify(state()))
            })
            server.once("error", () =>
              resume(
                Effect.fail(
                  failed(
                    `Another ship on this machine already sends the source ${source}. Stop it, or give this one another source with --source.`
                  )
                )
              )
            )
            server.listen(socketOf(source), () => {
              server.unref()
              resume(Effect.succeed(server))
            })
          }),
          (server) => Effect.sync(() => void server.close())
        )
      )
    : Effect.void

/** What the ship of a source on this machine says; undefined where none runs here. */
export const askShip = (source: string): Promise<ShipState | undefined> =>
  hasAbstractSockets
    ? new Promise((resolve) => {
        let text = ""
        const socket = connect(socketOf(source))
        const done = (state: ShipState | undefined) => {
          socket.destroy()
          resolve(state)
        }
        socket.setTimeout(askMs, () => done(undefined))
        socket.once("error", () => done(undefined))
        socket.setEncoding("utf8").on("data", (piece: string) => {
          text += piece
          if (text.length > mostAnswerBytes) done(undefined)
        })
        socket.once("end", () => {
          try {
            done(JSON.parse(text) as ShipState)
          } catch {
            done(undefined)
          }
        })
      })
    : Promise.resolve(undefined)
