import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
  ReplayPolicy
} from "@nats-io/jetstream"
import { nanos, nuid } from "@nats-io/transport-node"
import { apiCodes } from "../connection/api-errors.ts"
import { Refused } from "../errors.ts"
import { identityOf } from "../logs/identity.ts"

/** A consumer that will deliver from the wanted sequence on, and its first message with the place 1. */
export interface OpenConsumer {
  readonly name: string
  /** Messages it has to deliver. 0: the stream holds none from the wanted sequence on. */
  readonly pending: number
  /** The first and last sequence of the stream just before it was made; the first is last + 1 for an empty stream. */
  readonly firstSeq: number
  readonly lastSeq: number
}

export interface ConsumerOpener {
  readonly open: (fromSeq: number) => Promise<OpenConsumer>
  /** The last sequence of the stream now; fails as `open` does when it was made anew. */
  readonly lastSeq: (fromSeq: number) => Promise<number>
  /**
   * The first sequence that the stream holds from this one on; undefined for none. It may be told by a replica that lags behind: one
   * that holds a sequence has gone past all before it, but what it does not hold may be held elsewhere.
   */
  readonly firstHeld: (fromSeq: number) => Promise<number | undefined>
  /** Lets go of one that is not needed any more. A durable one stays: it shows the lag. */
  readonly leave: (consumer: OpenConsumer) => void
}

/** How long an ephemeral consumer outlives its reader, or a reader may pause. */
const inactiveMs = 60_000
/** How long one outlives the reader that has left it. */
const leftMs = 1_000
const ephemeral = (fromSeq: number, filter: string | undefined): Partial<ConsumerConfig> => ({
  max_deliver: -1,
  name: `read_${nuid.next()}`,
  ack_policy: AckPolicy.None,
  deliver_policy: DeliverPolicy.StartSequence,
  opt_start_seq: fromSeq,
  inactive_threshold: nanos(inactiveMs),
  mem_storage: true,
  num_replicas: 1,
  ...(filter === undefined ? {} : { filter_subject: filter })
})

/**
 * Nothing is acknowledged: nobody rests on what the server believes was read, and keeping account of each message costs it as much
 * again as delivering it. `nats consumer info` shows how far the reading is: what was delivered, and what waits.
 */
const durable = (name: string, filter: string | undefined): Partial<ConsumerConfig> => ({
  max_deliver: -1,
  name,
  durable_name: name,
  ack_policy: AckPolicy.None,
  deliver_policy: DeliverPolicy.All,
  ...(filter === undefined ? {} : { filter_subject: filter })
})

/** Settings that keep nothing back from a reader that acknowledges nothing, whatever they say. */
const harmless: ReadonlySet<string> = new Set<keyof ConsumerConfig>([
  "name",
  "durable_name",
  "description",
  "metadata",
  "deliver_policy",
  "opt_start_seq",
  "opt_start_time",
  "ack_wait",
  "max_ack_pending",
  "sample_freq",
  "num_replicas",
  "mem_storage"
])
/** What the server itself sets where nothing is said. */
const byDefault: Partial<ConsumerConfig> = { replay_policy: ReplayPolicy.Instant, max_waiting: 512 }

/**
 * Whether a consumer that is there already is as it would be made now, but for where it stands. Any other setting may keep messages back, or
 * their contents: a consumer that is paused, that replays as slowly as its stream was filled, or limits what may be asked for.
 */
const fits = ({ config, paused }: ConsumerInfo, wanted: Partial<ConsumerConfig>): boolean => {
  const expected: Partial<ConsumerConfig> = { ...byDefault, ...wanted }
  const settings = [...new Set([...Object.keys(config), ...Object.keys(expected)])] as ReadonlyArray<
    keyof ConsumerConfig
  >
  return paused !== true && settings.every((key) => harmless.has(key) || config[key] === expected[key])
}

const orUndefinedWhen =
  (...codes: ReadonlyArray<number>) =>
  (error: unknown): undefined => {
    if (error instanceof JetStreamApiError && codes.includes(error.code)) return undefined
    throw error
  }

/** `invalid reset`: below the sequence that the consumer was once made to start at. */
const invalidReset = 10204

const openDurable = async (
  jsm: JetStreamManager,
  stream: string,
  name: string,
  fromSeq: number,
  filter: string | undefined,
  canReset: boolean
): Promise<ConsumerInfo> => {
  const wanted = durable(name, filter)
  // Asked for first: a reset of a consumer that is not there is not answered at all.
  const there = await jsm.consumers.info(stream, name).catch(orUndefinedWhen(apiCodes.consumerNotFound))
  if (there !== undefined) {
    // A pull that waits there is another reader's, or was left by one that is gone: on a server with leaf nodes that one is served for two
    // seconds more, and what it is given is lost. With the consumer its pulls are gone.
    if (canReset && fits(there, wanted) && there.num_waiting === 0) {
      const reset = await jsm.consumers.reset(stream, name, fromSeq).catch(orUndefinedWhen(invalidReset))
      if (reset !== undefined) return reset
    }
    await jsm.consumers.delete(stream, name).catch(orUndefinedWhen(apiCodes.consumerNotFound))
  }
  if (!canReset) {
    const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: fromSeq }
    return jsm.consumers.add(stream, { ...wanted, ...start })
  }
  await jsm.consumers.add(stream, wanted)
  return jsm.consumers.reset(stream, name, fromSeq)
}

const madeAnew = (stream: string, why: string): Refused =>
  new Refused({
    what: `reading ${stream}`,
    why,
    remedy: "Its sequences now belong to other messages: derive everything from it again."
  })

/** Opens consumers of a stream for one reader. It remembers which stream it reads: another one under the same name is refused. */
export const makeOpener = (
  jsm: JetStreamManager,
  options: { readonly stream: string; readonly durable?: string; readonly filter?: string; readonly canReset: boolean }
): ConsumerOpener => {
  const { stream } = options
  let created: string | undefined

  const bounds = async (fromSeq: number): Promise<{ firstSeq: number; lastSeq: number }> => {
    const info = await jsm.streams.info(stream)
    const identity = identityOf(info)
    created ??= identity
    if (identity !== created) {
      throw madeAnew(stream, `${stream} was deleted and created again at ${identity} (it was created ${created})`)
    }
    if (info.state.last_seq + 1 < fromSeq) {
      throw madeAnew(stream, `${stream} ends at ${info.state.last_seq}, before the sequence ${fromSeq} that comes next`)
    }
    const { first_seq, last_seq, messages } = info.state
    return { firstSeq: messages === 0 ? last_seq + 1 : first_seq, lastSeq: last_seq }
  }

  return {
    lastSeq: async (fromSeq) => (await bounds(fromSeq)).lastSeq,
    open: async (fromSeq) => {
      const { firstSeq, lastSeq } = await bounds(fromSeq)
      const { durable: name, filter, canReset } = options
      const info =
        name === undefined
          ? await jsm.consumers.add(stream, ephemeral(fromSeq, filter))
          : await openDurable(jsm, stream, name, fromSeq, filter, canReset)
      return { name: info.name, pending: info.num_pending, firstSeq, lastSeq }
    },
    firstHeld: async (fromSeq) => {
      const query = { seq: fromSeq, next_by_subj: options.filter ?? ">" }
      return (await jsm.direct.getMessage(stream, query))?.seq
    },
    leave: ({ name }) => {
      // It would go by itself after a while; nothing depends on whether this arrives. Not every role that reads LOGS may delete its consumers, as
      // that would include the detector's; each may update one that it has created.
      if (options.durable === undefined) {
        jsm.consumers.update(stream, name, { inactive_threshold: nanos(leftMs) }).catch(() => undefined)
      }
    }
  }
}
