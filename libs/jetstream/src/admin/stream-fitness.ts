import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream"
import { Refused } from "../errors.ts"
import { type StreamSpec, unlimited } from "../topology.ts"

/** A setting under which a stored message would not be there for whoever reads it later, and how to be rid of it. */
interface Unfit {
  readonly setting: string
  readonly why: string
  /** The flag of `nats stream edit` that sets it right; undefined where the server never changes it. */
  readonly edit: string | undefined
}

/** In the server since 2.12, and not in the client's types. */
type Config = StreamConfig & { readonly persist_mode?: string }

const unfitOf = (spec: StreamSpec, config: Config): ReadonlyArray<Unfit> => {
  const found: Array<Unfit> = []
  const unless = (isFit: boolean, setting: string, why: string, edit?: string) => {
    if (!isFit) found.push({ setting, why, edit })
  }
  unless(
    config.retention === RetentionPolicy.Limits,
    `retention is ${config.retention}`,
    "messages are deleted once a consumer has read them"
  )
  unless(config.storage === StorageType.File, `storage is ${config.storage}`, "a restart of the server empties it")
  unless(config.mirror === undefined, "it is a mirror", "it accepts no messages")
  unless((config.sources ?? []).length === 0, "it has sources", "messages of other streams are mixed in")
  unless(config.sealed !== true, "it is sealed", "it accepts no more messages")
  unless(
    config.subject_transform === undefined,
    "subject_transform is set",
    "messages are stored under other subjects",
    "--no-transform"
  )
  unless(config.no_ack !== true, "no_ack is on", "clients cannot tell whether a message was stored", "--ack")
  unless(
    config.persist_mode === undefined || config.persist_mode === "" || config.persist_mode === "default",
    `persist_mode is ${config.persist_mode}`,
    "messages are acknowledged before they are written"
  )
  unless(
    (config.max_msgs ?? unlimited) <= 0,
    `max_msgs is ${config.max_msgs}`,
    "messages are deleted by their number, before the age or size limit",
    "--max-msgs=-1"
  )
  // For a bucket a limit is its history, which init brings up to date.
  if (spec.limits.maxMessagesASubject === unlimited) {
    unless(
      (config.max_msgs_per_subject ?? unlimited) <= 0,
      `max_msgs_per_subject is ${config.max_msgs_per_subject}`,
      "messages are deleted by their number",
      "--max-msgs-per-subject=-1"
    )
  }
  if (spec.discard === "old") {
    unless(
      config.discard === DiscardPolicy.Old,
      `discard is ${config.discard}`,
      "a full stream refuses new messages instead of dropping the oldest",
      "--discard old"
    )
  }
  return found
}

/** Why a stream cannot hold what it is for, as a refusal; undefined where it can. */
export const unfit = (spec: StreamSpec, config: StreamConfig): Refused | undefined => {
  const found = unfitOf(spec, config)
  if (found.length === 0) return undefined
  const { name } = spec
  const edits = found.flatMap(({ edit }) => edit ?? [])
  const remedy =
    edits.length === found.length
      ? `Correct it with \`nats stream edit ${name} ${edits.join(" ")}\`.`
      : `The server cannot change that: remove ${name} (\`nats stream rm ${name}\`, which deletes what it holds) and run \`chaussettes init\`.`
  return new Refused({
    what: `the stream ${name}`,
    why: `it would lose stored messages: ${found.map(({ setting, why }) => `${setting} (${why})`).join("; ")}`,
    remedy
  })
}
