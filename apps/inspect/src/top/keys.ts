import { visibleText } from "@chaussettes/domain"
import { Option } from "effect"
import type { UserInput } from "effect/Terminal"
import type { Action } from "./state.ts"

/** A page on any screen; what goes beyond an end stops there. */
const [page, all] = [10, 1_000_000]

const named: { readonly [key: string]: Action } = {
  up: { _tag: "Move", by: -1 },
  down: { _tag: "Move", by: 1 },
  pageup: { _tag: "Move", by: -page },
  pagedown: { _tag: "Move", by: page },
  home: { _tag: "Move", by: -all },
  end: { _tag: "Move", by: all },
  right: { _tag: "Panel", by: 1 },
  left: { _tag: "Panel", by: -1 },
  return: { _tag: "Enter" },
  enter: { _tag: "Enter" },
  escape: { _tag: "Back" }
}

const letters: { readonly [text: string]: Action } = {
  k: { _tag: "Move", by: -1 },
  j: { _tag: "Move", by: 1 },
  g: { _tag: "Move", by: -all },
  G: { _tag: "Move", by: all },
  q: { _tag: "Quit" },
  "?": { _tag: "Help" },
  p: { _tag: "Pause" },
  "/": { _tag: "Filter" }
}

/** What a key asks for; undefined where it asks for nothing. While a filter is typed letters are its own. */
export const actionOf = ({ input, key }: UserInput, isTyping: boolean): Action | undefined => {
  if (key.ctrl) return key.name === "c" || key.name === "d" ? { _tag: "Quit" } : undefined
  if (key.name === "tab") return { _tag: "Panel", by: key.shift ? -1 : 1 }
  const own = Object.hasOwn(named, key.name) ? named[key.name] : undefined
  if (own !== undefined) return own
  if (isTyping && key.name === "backspace") return { _tag: "Erase" }
  const text = Option.getOrElse(input, () => "")
  if (!isTyping) return Object.hasOwn(letters, text) ? letters[text] : undefined
  return text === "" || key.meta || visibleText(text) !== text ? undefined : { _tag: "Text", text }
}
