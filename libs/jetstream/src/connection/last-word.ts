import { connect as connectTcp, isIP, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import type { NodeConnectionOptions } from "@nats-io/transport-node"

/*
 * The client throws away what a server says when it turns a first connection away, and reports a timeout. Asked once more by hand, the
 * server says it again.
 */

const waitMs = 2_000
/** INFO of a large cluster and an error behind it; whatever says more is no NATS server. */
const mostChars = 64 * 1024
const defaultPort = 4222

const place = (server: string): { readonly host: string; readonly port: number } => {
  const { hostname, port } = new URL(`tcp://${server.replace(/^[a-z+]+:\/\//i, "")}`)
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? defaultPort : Number(port) }
}

/** Who one is, in the fields of NATS' CONNECT. */
const introduction = (options: NodeConnectionOptions, nonce: string | undefined): string => {
  const [authenticator] = [options.authenticator ?? []].flat()
  const { user, pass, token: auth_token } = options
  const who = { user, pass, auth_token, ...(authenticator?.(nonce) ?? {}) }
  const how = { verbose: false, pedantic: false, lang: "chaussettes", version: "1", protocol: 1 }
  return `CONNECT ${JSON.stringify({ ...how, name: options.name, ...who })}\r\nPING\r\n`
}

/** Why the first of the servers turns a client away, in its own words; undefined where it lets it in or says nothing. */
export const lastWord = (options: NodeConnectionOptions): Promise<string | undefined> =>
  new Promise((resolve) => {
    const { host, port } = place([options.servers ?? []].flat()[0] ?? "127.0.0.1")
    const tcp = connectTcp(port, host)
    let socket: Socket = tcp
    let text = ""
    const done = (said?: string): void => {
      clearTimeout(patience)
      socket.destroy()
      tcp.destroy()
      resolve(said)
    }
    const patience = setTimeout(done, waitMs)
    let introduced = false
    const hear = (chunk: Buffer): void => {
      text += chunk.toString("utf8")
      const refused = /^-ERR '(.*)'/m.exec(text)?.[1]
      const info = /^INFO (\{.*\})\s*\r\n/m.exec(text)?.[1]
      if (refused !== undefined) done(refused)
      else if (text.length > mostChars || /^PONG/m.test(text)) done()
      else if (info !== undefined && !introduced) {
        introduced = true
        introduce(info)
      }
    }
    const introduce = (info: string): void => {
      const { tls_required, nonce } = parsed(info)
      if (tls_required === true) {
        tcp.removeListener("data", hear)
        socket = connectTls({ socket: tcp, host, ...(isIP(host) === 0 ? { servername: host } : {}), ...options.tls })
        socket.on("data", hear)
        socket.on("error", () => done())
      }
      socket.write(introduction(options, nonce))
    }
    tcp.on("data", hear)
    tcp.on("error", () => done())
    tcp.on("close", () => done())
  })

const parsed = (info: string): { readonly tls_required?: boolean; readonly nonce?: string } => {
  try {
    return JSON.parse(info) as { readonly tls_required?: boolean; readonly nonce?: string }
  } catch {
    return {}
  }
}
