import { batchOf } from "@chaussettes/domain"
import { type Context, Effect, Layer, Option, Stream } from "effect"
import { Outdated } from "../errors.ts"
import {
  ActsLog,
  AlertsLog,
  type Entry,
  IncidentsLog,
  type StoredEntry,
  type VersionedLog,
  WindowsLog
} from "../ports/versioned-log.ts"
import { bytesOf } from "../versioned/entry.ts"
import { epochHeader, epochOf } from "../versioned/epoch.ts"
import { layerActs, layerAlerts, layerIncidents, layerWindows } from "../versioned/typed-log.ts"
import { untilAnswered } from "./retry.ts"
import { MemoryClient, MemoryServer, type MemoryServerShape } from "./server.ts"
import type { MemoryMessage } from "./stream.ts"

type Name = "WINDOWS" | "ALERTS" | "INCIDENTS" | "ACTS"

/** Messages of one read: small, so that a simulation can disturb the middle of a tail. */
const batchMessages = 256

const decoder = new TextDecoder()

const storedEntry = (message: MemoryMessage): StoredEntry => ({
  seq: message.seq,
  subject: message.subject,
  data: decoder.decode(message.data),
  epoch: epochOf(message.headers[epochHeader])
})

const newMessage = (entry: Entry) => ({
  subject: entry.subject,
  data: bytesOf(entry),
  headers: { [epochHeader]: `${entry.epoch}` }
})

export const memoryVersionedLog = (server: MemoryServerShape, client: string, name: Name): VersionedLog => {
  const stream = server.stream(name)
  const read = <A>(port: string, look: () => A) =>
    server.call({ client, kind: "read", name: port, stream: name, parts: 1 }, () => Effect.sync(look))

  const bounds = read("bounds", () => ({ firstSeq: stream.firstSeq, lastSeq: stream.lastSeq }))

  const append: VersionedLog["append"] = (entries, expectedLastSeq) => {
    if (entries.length === 0) return Effect.succeed(expectedLastSeq)
    return server.call(
      { client, kind: "write", name: "append", stream: name, parts: entries.length },
      (nowMs, parts) => {
        for (let i = 0; i < Math.min(parts, entries.length); i++) {
          const expectedSeq = expectedLastSeq + i
          const answer = stream.append(newMessage(entries[i]!), nowMs, { lastSeq: expectedSeq })
          if (answer._tag === "WrongLast") return Effect.fail(new Outdated({ stream: name, expectedSeq }))
        }
        return Effect.succeed(expectedLastSeq + entries.length)
      }
    )
  }

  /** What is held from a sequence to another one, or to the last one now; piece by piece. */
  const pages = (fromSeq: number, throughSeq: number) =>
    Stream.unwrap(
      Effect.map(bounds, ({ lastSeq }) => {
        const endSeq = Math.min(lastSeq, throughSeq)
        return Stream.paginate(fromSeq, (from) =>
          read("read", () => {
            const found = stream.from(from, batchMessages).filter((message) => message.seq <= endSeq)
            const next = (found.at(-1)?.seq ?? endSeq) + 1
            return [[found], next > endSeq ? Option.none() : Option.some(next)] as const
          })
        )
      })
    )

  const readFrom: VersionedLog["readFrom"] = (fromSeq) =>
    Stream.flatMap(pages(fromSeq, Number.POSITIVE_INFINITY), (found) => Stream.fromIterable(found.map(storedEntry)))

  const readPacked: VersionedLog["readPacked"] = (fromSeq, throughSeq = Number.POSITIVE_INFINITY) =>
    pages(fromSeq, throughSeq).pipe(
      Stream.filter((found) => found.length > 0),
      Stream.map((found) =>
        batchOf(found.map(({ seq, subject, storedMs, data }) => ({ seq, source: subject, storedMs, bytes: data })))
      )
    )

  /** Where to go on, and in which life of the stream: one that was made anew is followed from its first entry. */
  interface Position {
    readonly from: number
    readonly created: string
  }

  const more = (at: Position) =>
    read("read", () => {
      const from = at.created === stream.created ? at.from : 1
      const found = stream.from(from, batchMessages)
      const next: Position = { from: (found.at(-1)?.seq ?? from - 1) + 1, created: stream.created }
      return { found, next, version: { created: stream.created, lastSeq: stream.lastSeq } }
    })

  const follow: VersionedLog["follow"] = (fromSeq) =>
    Stream.suspend(() =>
      Stream.paginate({ from: fromSeq, created: stream.created } as Position, (at) =>
        untilAnswered(more(at)).pipe(
          Effect.tap(({ found, version }) => (found.length === 0 ? server.changed(name, version) : Effect.void)),
          Effect.map(({ found, next }) => [found.map(storedEntry), Option.some(next)] as const)
        )
      )
    )

  return {
    append,
    bounds,
    lastSeq: read("lastSeq", () => stream.lastSeq),
    get: (seq) =>
      read("get", () => {
        const message = stream.get(seq)
        return message === undefined ? undefined : storedEntry(message)
      }),
    readFrom,
    readPacked,
    follow
  }
}

const layerOf = <Id>(port: Context.Key<Id, VersionedLog>, name: Name) =>
  Layer.effect(
    port,
    Effect.gen(function* () {
      return memoryVersionedLog(yield* MemoryServer, yield* MemoryClient, name)
    })
  )

export const layerWindowsLogMemory = Layer.provideMerge(layerWindows, layerOf(WindowsLog, "WINDOWS"))
export const layerAlertsLogMemory = Layer.provideMerge(layerAlerts, layerOf(AlertsLog, "ALERTS"))
export const layerIncidentsLogMemory = Layer.provideMerge(layerIncidents, layerOf(IncidentsLog, "INCIDENTS"))
export const layerActsLogMemory = Layer.provideMerge(layerActs, layerOf(ActsLog, "ACTS"))
