import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import type { TlsOptions } from "node:tls"
import { LogsWriter, layerLogsWriter } from "@chaussettes/jetstream"
import {
  count,
  failed,
  Health,
  reasonOf,
  tokenWeakness,
  toUserFailure,
  type UserFailure,
  watched,
  wrongUsage
} from "@chaussettes/service"
import { Config, Context, Effect, Layer, Metric, Option } from "effect"
import { sourceOf } from "../flags.ts"
import { pseudonymizeClients } from "../lines/pseudonymize.ts"
import { pseudonymizerOf } from "../lines/pseudonyms.ts"
import { makeSentMetrics } from "../metrics.ts"
import { receiverConnectionAt, whenSilent } from "../nats.ts"
import { say } from "../say.ts"
import { tellSent } from "../sent-news.ts"
import type { ShipInput } from "../ship/flags.ts"
import { type Listener, openDoor, parseListeners, parsePeers } from "./address.ts"
import { listenHttp } from "./http.ts"
import { HttpDoor } from "./http-door.ts"
import { Intake } from "./intake.ts"
import { receiveLimits } from "./limits.ts"
import { listenTcp, listenUdp } from "./syslog.ts"

/** `ship` where it listens: lines of other programs into LOGS, until it is interrupted. */
export const receive = (flags: ShipInput) =>
  Effect.scoped(
    Effect.gen(function* () {
      const source = Option.getOrElse(flags.source, () => sourceOf(hostname()))
      if (source.includes("{name}")) {
        return yield* wrongUsage("--source: {name} stands for a log's name, and --syslog and --http have none.")
      }
      // A client behind a syslog header would not be found, and the time be taken for an address.
      if (flags.pseudonymize && flags.syslog.length > 0) {
        return yield* wrongUsage(
          "--pseudonymize cannot be used with --syslog: let the sender write a file, or send by HTTP, and pseudonymize there."
        )
      }
      const listeners = yield* listenersOf(flags)
      const token = yield* tokenOf(flags)
      const tls = yield* tlsOf(flags)
      const peers = yield* Effect.fromResult(parsePeers(flags.allow))
      for (const listener of listeners) {
        if ((listener.protocol === "tls" || listener.protocol === "https") && tls === undefined) {
          return yield* wrongUsage(`${listener.protocol}:// needs --listen-cert and --listen-key.`)
        }
        const closed = openDoor(listener, {
          peers: peers !== undefined,
          token: token !== undefined,
          clientCertificates: Option.isSome(flags.listenClientCa)
        })
        if (closed !== undefined) return yield* closed
      }
      const name = yield* pseudonymizerOf(flags)
      const health = yield* Health
      const metrics = yield* makeSentMetrics("ship")
      const dropped = yield* makeDropped
      const sent = { lines: 0, bytes: 0, messages: 0 }
      const connection = yield* Layer.build(receiverConnectionAt(flags.nats))
      const intake = new Intake(source, name === undefined ? [] : [pseudonymizeClients(name)])
      let why = ""
      const running = intake.run(
        Effect.map(
          Layer.build(Layer.fresh(layerLogsWriter({ onSilence: whenSilent }))).pipe(Effect.provide(connection)),
          (built) => Context.get(built, LogsWriter)
        ),
        {
          sent: (lines, bytes) => {
            sent.lines += lines
            sent.bytes += bytes
            sent.messages++
            return metrics.sent(lines, bytes)
          },
          waiting: (error) => {
            const now = error === undefined ? "" : toUserFailure(error).message
            if (now === why) return Effect.void
            why = now
            return now === ""
              ? Effect.andThen(say(`${source}: resuming.`), health.ready("logs"))
              : Effect.andThen(say(`${source}: waiting; received lines are held. ${now}`), health.notReady("logs", now))
          }
        }
      )
      yield* Effect.forkScoped(running)
      yield* Effect.addFinalizer(() => Effect.andThen(drained(intake), tell(sent, dropped.count())))
      const opened: Array<string> = []
      for (const listener of listeners) {
        const options = { listener, intake, peers, tls, onDropped: dropped.drop }
        const listen =
          listener.protocol === "udp"
            ? listenUdp(options)
            : listener.protocol === "http" || listener.protocol === "https"
              ? listenHttp({ ...options, door: new HttpDoor(peers, token) })
              : listenTcp(options)
        const port = yield* Effect.mapError(listen, (error) =>
          failed(
            `Cannot listen on ${listener.protocol}://${listener.host}:${listener.port}: ${reasonOf(error)}. Give another port.`,
            error
          )
        )
        opened.push(`${listener.protocol}://${listener.host}:${port}`)
      }
      yield* health.ready("output")
      yield* say(`${source}: taking lines on ${opened.join(", ")}.`)
      yield* tellSent("Taking lines", sent)
      return yield* Effect.never
    })
  ).pipe(Effect.provide(watched(flags.operations, "ship", "output")))

const protocols = {
  syslog: { bare: ["udp", "tcp"], known: ["udp", "tcp", "tls"] },
  http: { bare: ["http"], known: ["http", "https"] }
} as const

const listenersOf = (flags: ShipInput): Effect.Effect<ReadonlyArray<Listener>, UserFailure> =>
  Effect.gen(function* () {
    const listeners: Array<Listener> = []
    for (const flag of ["syslog", "http"] as const) {
      for (const text of flags[flag]) {
        const { bare, known } = protocols[flag]
        listeners.push(...(yield* Effect.fromResult(parseListeners(`--${flag}`, text, bare, known))))
      }
    }
    return listeners
  })

const read = (flag: string, path: string): Effect.Effect<string, UserFailure> =>
  Effect.try({
    try: () => readFileSync(path, "utf8"),
    catch: (error) => failed(`Cannot read ${flag} ${path}: ${reasonOf(error)}.`, error)
  })

const tokenOf = (flags: ShipInput): Effect.Effect<string | undefined, UserFailure> =>
  Effect.gen(function* () {
    const given = Option.isSome(flags.tokenFile)
      ? yield* read("--token-file", flags.tokenFile.value)
      : yield* Effect.orElseSucceed(Config.String("CHAUSSETTES_SHIP_TOKEN"), () => "")
    const token = given.trim()
    if (token === "" && Option.isNone(flags.tokenFile)) return undefined
    const weak = tokenWeakness(token)
    if (weak !== undefined) return yield* weak
    return token
  })

const tlsOf = (flags: ShipInput): Effect.Effect<TlsOptions | undefined, UserFailure> =>
  Effect.gen(function* () {
    const { listenCert, listenKey, listenClientCa } = flags
    if (Option.isNone(listenCert) && Option.isNone(listenKey)) return undefined
    if (Option.isNone(listenCert) || Option.isNone(listenKey)) {
      return yield* wrongUsage("--listen-cert and --listen-key belong together.")
    }
    return {
      cert: yield* read("--listen-cert", listenCert.value),
      key: yield* read("--listen-key", listenKey.value),
      minVersion: "TLSv1.2" as const,
      ...(Option.isNone(listenClientCa)
        ? {}
        : {
            ca: yield* read("--listen-client-ca", listenClientCa.value),
            requestCert: true,
            rejectUnauthorized: true
          })
    }
  })

/** Counts what was not taken, and says so, not more often than can be read. */
const makeDropped = Effect.gen(function* () {
  const counter = Metric.counter("chaussettes_ship_dropped_total", {
    description: "Datagrams and connections that were refused",
    incremental: true
  })
  yield* Metric.update(counter, 0)
  let dropped = 0
  let saidMs = Number.NEGATIVE_INFINITY
  return {
    count: () => dropped,
    drop: (why: string, peer: string): void => {
      dropped++
      Effect.runSync(Metric.update(counter, 1))
      if (performance.now() - saidMs < receiveLimits.sayEveryMs) return
      saidMs = performance.now()
      Effect.runSync(say(`Refused from ${peer}: ${why} (${count(dropped)} so far).`))
    }
  }
})

/** What was taken is still stored, as far as the server answers in time. */
const drained = (intake: Intake): Effect.Effect<void> =>
  Effect.repeat(Effect.sleep(receiveLimits.gatherMs), { until: () => intake.isEmpty }).pipe(
    Effect.timeoutOrElse({ duration: receiveLimits.endMs, orElse: () => Effect.void }),
    Effect.asVoid
  )

const tell = (
  sent: { readonly lines: number; readonly bytes: number; readonly messages: number },
  dropped: number
): Effect.Effect<void> =>
  say(
    `${count(sent.lines)} lines, ${count(sent.bytes)}B sent in ${count(sent.messages)} messages${dropped === 0 ? "" : `, ${count(dropped)} not taken`}.`
  )
