import type { StreamInfo } from "@nats-io/jetstream"
import { Effect } from "effect"
import { ask } from "../connection/ask.ts"
import { Connection } from "../connection/connection.ts"
import { topology } from "../topology.ts"

/** A copy of a stream beside its leader's. */
export interface Follower {
  readonly server: string
  /** Its server is known to be gone: it said so, or has been silent for minutes. */
  readonly offline: boolean
  /** How long the leader has heard nothing of it: a second where it is there; 0 also where it has never heard of it. */
  readonly silentMs: number
  /** It holds all that the leader holds. */
  readonly current: boolean
  /** How many operations it is behind. */
  readonly lag: number
}

/** How the copies of a stream or bucket are. */
export interface Replication {
  readonly name: string
  /** How many copies there should be. */
  readonly replicas: number
  /** The server that leads; null while none does. */
  readonly leader: string | null
  readonly followers: ReadonlyArray<Follower>
}

/** A stream without a leader is one whose state nobody tells: it is not waited for longer. */
const answerMs = 2_000

/** What a stream says of its copies. Offline and lag are left out by the server where they are nothing. */
const replicationOf = ({ config, cluster }: Pick<StreamInfo, "config" | "cluster">): Replication => ({
  name: config.name,
  replicas: config.num_replicas,
  leader: cluster?.leader === undefined || cluster.leader === "" ? null : cluster.leader,
  followers: (cluster?.replicas ?? [])
    .map((peer) => ({
      server: peer.name,
      offline: peer.offline ?? false,
      silentMs: Math.round((peer.active ?? 0) / 1e6),
      current: peer.current,
      lag: peer.lag ?? 0
    }))
    .sort((a, b) => (a.server < b.server ? -1 : 1))
})

/**
 * The copies of all streams and buckets on a cluster, as far as they may be asked for; nothing on a server by itself. One that does not answer
 * stands there without a leader.
 */
export const readReplication: Effect.Effect<ReadonlyArray<Replication>, never, Connection> = Effect.gen(function* () {
  const { jsm, link, nc } = yield* Connection
  if (nc.info?.cluster === undefined) return []
  const read = (name: string) =>
    ask(link, `the stream ${name}`, () => jsm.streams.info(name)).pipe(
      Effect.map(replicationOf),
      Effect.timeoutOrElse({ duration: answerMs, orElse: () => Effect.succeed(silent(name)) }),
      Effect.catchTag("Unavailable", () => Effect.succeed(silent(name))),
      Effect.catchTag("Refused", () => Effect.succeed(undefined))
    )
  const found = yield* Effect.forEach(topology(), ({ name }) => read(name), { concurrency: "unbounded" })
  return found.filter((one) => one !== undefined)
})

const silent = (name: string): Replication => ({ name, replicas: 0, leader: null, followers: [] })
