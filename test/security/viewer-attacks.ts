import type { Socket } from "node:net"
import { flood, insisting } from "./insisting.ts"

/*
 * What a stranger may try who reaches the server's port without credentials, as bytes on sockets: no client in between that would be kind.
 *
 *   node viewer-attacks.ts NAME PORT MS
 */

const connections = 20
const inbox = "_INBOX.attack"
const hello = `CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true}\r\nSUB ${inbox}.* 1\r\n`

const publish = (subject: string, body = "", reply = `${inbox}.x`) =>
  `PUB ${subject} ${reply} ${Buffer.byteLength(body)}\r\n${body}\r\n`

const consumer = (stream: string, name: string, config: object) =>
  publish(
    `$JS.API.CONSUMER.CREATE.${stream}.${name}`,
    JSON.stringify({ stream_name: stream, config: { ack_policy: "none", deliver_policy: "all", ...config } })
  )

let named = 0

/** Each attack by its name: how many connections, whether they read, and what each says. */
export const attacks = {
  "takes every consumer": {
    talk: (socket: Socket) => {
      socket.write(hello)
      flood(socket, () =>
        ["WINDOWS", "ALERTS", "KV_seuils"]
          .map((stream) => consumer(stream, `d${process.pid}-${named}`, { durable_name: `d${process.pid}-${named++}` }))
          .join("")
      )
    },
    reads: true
  },
  "pulls everything and reads nothing": {
    talk: (socket: Socket) => {
      socket.write(hello)
      for (let i = 0; i < 4; i++) {
        const name = `p${process.pid}-${named++}`
        socket.write(consumer("WINDOWS", name, { mem_storage: true }))
        setTimeout(() => socket.write(publish(`$JS.API.CONSUMER.MSG.NEXT.WINDOWS.${name}`, '{"batch":1000000}')), 100)
      }
    },
    reads: false
  },
  "has everything pushed to the detector": {
    talk: (socket: Socket) => {
      socket.write(hello)
      for (let i = 0; i < 4; i++) {
        socket.write(
          consumer("WINDOWS", `f${process.pid}-${named++}`, { deliver_subject: "chaussettes.detector.ready" })
        )
      }
    },
    reads: true
  },
  "has everything pushed into the other server's questions": {
    talk: (socket: Socket) => {
      socket.write(hello)
      for (let i = 0; i < 15; i++) {
        const deliver_subject = `chaussettes.origin.api.CONSUMER.CREATE.${["WINDOWS", "ALERTS", "KV_seuils"][i % 3]}`
        socket.write(consumer("WINDOWS", `q${process.pid}-${named++}`, { deliver_subject, mem_storage: true }))
      }
    },
    reads: true
  },
  "asks for batches and reads nothing": {
    talk: (socket: Socket) => {
      socket.write(hello)
      flood(socket, () => publish("$JS.API.DIRECT.GET.WINDOWS", '{"batch":1000000,"seq":1}').repeat(100))
    },
    reads: false
  },
  "asks for batches and reads them": {
    talk: (socket: Socket) => {
      socket.write(hello)
      flood(socket, () => publish("$JS.API.DIRECT.GET.WINDOWS", '{"batch":1000000,"seq":1}').repeat(100))
    },
    reads: true
  },
  "asks for the streams' state without end": {
    talk: (socket: Socket) => {
      socket.write(hello)
      flood(socket, () => publish("$JS.API.STREAM.INFO.ALERTS").repeat(1_000))
    },
    reads: true
  },
  "publishes what it may not": {
    talk: (socket: Socket) => {
      socket.write(hello)
      flood(socket, () => publish(`alerts.${"x".repeat(800)}`).repeat(100))
    },
    reads: true
  },
  "holds 996 connections": { talk: (socket: Socket) => void socket.write(hello), reads: true, places: 996 },
  "connects and says nothing": { talk: () => {}, reads: true, places: 400 }
} as const satisfies {
  readonly [name: string]: {
    readonly talk: (socket: Socket, place: number) => void
    readonly reads: boolean
    readonly places?: number
  }
}

if (import.meta.filename === process.argv[1]) {
  const [, , name, port, ms] = process.argv
  const attack = attacks[name as keyof typeof attacks]
  insisting(Number(port), attack.talk, "places" in attack ? attack.places : connections, attack.reads)
  setTimeout(() => process.exit(0), Number(ms))
}
