import type { Segment, Sentence } from "@chaussettes/presentation"
import { Time } from "../time.tsx"
import { Foreign } from "./key-text.tsx"

const Piece = ({ segment }: { readonly segment: Segment }) => {
  if (typeof segment === "string") return <>{segment}</>
  if ("time" in segment) return <Time ms={segment.time} />
  return <Foreign text={segment.key} />
}

/** A sentence of the words: times in the viewer's zone, keys set off and inert. */
export const Said = ({ sentence }: { readonly sentence: Sentence }) => (
  <>
    {sentence.map((segment, i) => (
      <Piece key={i} segment={segment} />
    ))}
  </>
)
