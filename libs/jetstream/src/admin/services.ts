import { randomBytes } from "node:crypto"
import { hostname } from "node:os"
import type { Msg, NatsConnection } from "@nats-io/transport-node"
import { Effect, type Scope } from "effect"
import manifest from "../../package.json" with { type: "json" }
import type { Unready } from "../ports/detector-state.ts"
import { named } from "../prefix.ts"
import { prefixedSubject } from "../topology.ts"

/**
 * Answers as a NATS service (ADR-32 of NATS): `nats micro ls`, `info` and `stats` show which parts run, where and how they are.
 * The public package for it (`@nats-io/services`) still needs an earlier client of its own beside ours; what is needed of it is this.
 */
export interface ServiceDescription {
  /** Letters, digits, `-` and `_`, without the prefix: `chaussettes-detector`. */
  readonly name: string
  readonly description: string
  /** The one endpoint: says whether the process can do its work, and why not. */
  readonly unready: Effect.Effect<Unready>
}

type Verb = "PING" | "INFO" | "STATS"
const verbs: ReadonlyArray<Verb> = ["PING", "INFO", "STATS"]

/** The detector's name as a service. */
export const detectorService = "chaussettes-detector"

/** The subject of the endpoint: `chaussettes.detector.ready` for `chaussettes-detector`, behind the prefix of the system. */
const readySubject = (name: string): string => prefixedSubject(`${name.replace("-", ".")}.ready`)

/**
 * Answers for as long as the scope is open. Where the server does not allow it nobody is answered and nothing else happens: a part does
 * not need it to do its work.
 */
export const answerAsService = Effect.fn("answerAsService")(function* (
  { nc }: { readonly nc: NatsConnection },
  service: ServiceDescription
): Effect.fn.Return<void, never, Scope.Scope> {
  const { description } = service
  const name = named(service.name)
  // As `nats micro info` prints it.
  const metadata = { host: hostname() }
  const identity = { name, id: randomBytes(12).toString("base64url"), version: manifest.version, metadata }
  const started = new Date().toISOString()
  const subject = readySubject(service.name)
  const endpoint = { name: "ready", subject, queue_group: "", metadata: {} }
  const stats = { num_requests: 0, num_errors: 0, last_error: "", processing_time: 0 }
  const answers: { readonly [verb in Verb]: () => object } = {
    PING: () => ({ type: "io.nats.micro.v1.ping_response", ...identity }),
    INFO: () => ({ type: "io.nats.micro.v1.info_response", ...identity, description, endpoints: [endpoint] }),
    STATS: () => {
      const average = stats.num_requests === 0 ? 0 : Math.round(stats.processing_time / stats.num_requests)
      return {
        type: "io.nats.micro.v1.stats_response",
        ...identity,
        started,
        endpoints: [{ name: "ready", subject, queue_group: "", ...stats, average_processing_time: average }]
      }
    }
  }
  const ready = (msg: Msg) => {
    const startedAt = process.hrtime.bigint()
    Effect.runCallback(service.unready, {
      onExit: (exit) => {
        if (exit._tag === "Success") {
          const ready = Object.keys(exit.value).length === 0
          respond(nc, msg, ready ? { ready } : { ready, not_ready: exit.value })
        } else stats.num_errors++
        stats.num_requests++
        stats.processing_time += Number(process.hrtime.bigint() - startedAt)
      }
    })
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => [
      ...verbs.flatMap((verb) =>
        [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.${identity.id}`].map((asked) =>
          listen(nc, asked, (msg) => respond(nc, msg, answers[verb]()))
        )
      ),
      listen(nc, subject, ready)
    ]),
    (subscriptions) =>
      Effect.sync(() => {
        if (!nc.isClosed()) for (const subscription of subscriptions) subscription.unsubscribe()
      })
  )
})

/** How long answers are waited for: however many there are, each comes by itself. */
const answersWithinMs = 300

/** Asks all processes of a service whether they can do their work; nobody answers where none runs, or where they may not be asked. */
export const askReady = (nc: NatsConnection, name: string): Effect.Effect<ReadonlyArray<Unready>> =>
  Effect.promise(async () => {
    const answers: Array<Unready> = []
    try {
      for await (const msg of await nc.requestMany(readySubject(name), "", { maxWait: answersWithinMs })) {
        const answer = msg.json<{ readonly not_ready?: Unready }>()
        answers.push(answer.not_ready ?? {})
      }
    } catch {
      // Nobody listens, or this role may not ask: then nothing is known.
    }
    return answers
  })

/** An error says that the subscription was refused; the connection's own listeners hear of it. */
const listen = (nc: NatsConnection, subject: string, answer: (msg: Msg) => void) =>
  nc.subscribe(subject, {
    callback: (error, msg) => {
      if (error === null) answer(msg)
    }
  })

const respond = (nc: NatsConnection, msg: Msg, body: object): void => {
  if (msg.reply === undefined || msg.reply === "" || nc.isClosed()) return
  nc.publish(msg.reply, JSON.stringify(body))
}
