import { visibleText } from "@chaussettes/domain"
import type { Follower, LeaseState, Replication } from "@chaussettes/jetstream"
import { clusterWords, countText, type Language, wordsOf } from "@chaussettes/presentation"
import type { Paint } from "@chaussettes/presentation/terminal"

/** What only several servers, or several of a part, have. */
export interface ClusterState {
  readonly replication: ReadonlyArray<Replication>
  /** Which notifier works; undefined where none ever did, or it may not be asked. */
  readonly notifier: LeaseState | undefined
}

/** Each stream with its leader and its copies; what is not as it should be stands out. Nothing on a server by itself. */
export const clusterLines = (
  { replication, notifier }: ClusterState,
  language: Language,
  paint: Paint
): ReadonlyArray<string> => {
  const w = clusterWords(language)
  const notifies =
    notifier === undefined || notifier.holder === ""
      ? []
      : ["", `${w.notifier}${wordsOf(language).colon}${visibleText(notifier.holder)}`]
  if (replication.length === 0) return notifies
  /** A leader that has never heard of a server does not know how long it has been silent; the others do. */
  const silences = new Map<string, number>()
  for (const { server, silentMs } of replication.flatMap(({ followers }) => followers)) {
    silences.set(server, Math.max(silences.get(server) ?? 0, silentMs))
  }
  const width = Math.max(...replication.map(({ name }) => name.length))
  return [
    ...notifies,
    "",
    w.title,
    ...replication.map((stream) => `  ${stream.name.padEnd(width)}  ${copiesText(stream, silences, language, paint)}`)
  ]
}

/** A server that is killed or cut off is told as gone by the others after minutes; they elect without it after seconds. */
const longSilenceMs = 10_000

const isComplete = ({ current, offline, lag, silentMs }: Follower): boolean =>
  current && !offline && lag === 0 && silentMs <= longSilenceMs

const copiesText = (
  { leader, replicas, followers }: Replication,
  silences: ReadonlyMap<string, number>,
  language: Language,
  paint: Paint
): string => {
  const w = clusterWords(language)
  if (leader === null) return paint("red", w.noLeader)
  const complete = 1 + followers.filter(isComplete).length
  const troubles = followers.flatMap((follower) => {
    if (isComplete(follower)) return []
    const server = visibleText(follower.server)
    if (follower.offline) return [w.offline(server)]
    const silentMs = follower.silentMs > 0 ? follower.silentMs : silences.get(follower.server)!
    return silentMs > longSilenceMs
      ? [w.silent(server, countText(language, Math.round(silentMs / 1_000)))]
      : [w.behind(server, countText(language, follower.lag))]
  })
  const said = [w.leader(visibleText(leader)), w.copies(complete, replicas), ...troubles].join(", ")
  return complete === replicas ? said : paint("yellow", said)
}
