import { visibleText } from "@chaussettes/domain"
import type { LeaseState, Replication } from "@chaussettes/jetstream"
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
  const width = Math.max(...replication.map(({ name }) => name.length))
  return [
    ...notifies,
    "",
    w.title,
    ...replication.map((stream) => `  ${stream.name.padEnd(width)}  ${copiesText(stream, language, paint)}`)
  ]
}

const copiesText = ({ leader, replicas, followers }: Replication, language: Language, paint: Paint): string => {
  const w = clusterWords(language)
  if (leader === null) return paint("red", w.noLeader)
  const complete = 1 + followers.filter(({ current, offline, lag }) => current && !offline && lag === 0).length
  const troubles = followers.flatMap(({ server, offline, current, lag }) => {
    if (offline) return [w.offline(visibleText(server))]
    return current && lag === 0 ? [] : [w.behind(visibleText(server), countText(language, lag))]
  })
  const said = [w.leader(visibleText(leader)), w.copies(complete, replicas), ...troubles].join(", ")
  return complete === replicas ? said : paint("yellow", said)
}
