import { Option } from "effect"
import type { UserInput } from "effect/Terminal"
import { describe, expect, it } from "vitest"
import { actionOf } from "../../src/top/keys.ts"
import { begun, chosenAt, next, rowsOf, type State } from "../../src/top/state.ts"
import { shownAt } from "./shown.ts"

const key = (name: string, text?: string, more: Partial<UserInput["key"]> = {}): UserInput => ({
  input: Option.fromUndefinedOr(text),
  key: { name, ctrl: false, meta: false, shift: false, ...more }
})
const letter = (text: string): UserInput => key(text, text)

const press = (state: State, ...inputs: ReadonlyArray<UserInput>) => {
  let now: ReturnType<typeof next> = [state, undefined]
  for (const input of inputs) {
    const action = actionOf(input, now[0].isTyping)
    if (action !== undefined) now = next(now[0], action)
  }
  return now
}

const shown = shownAt()
const looked = next(begun, { _tag: "Looked", shown })[0]
const chosen = (state: State) => {
  const rows = rowsOf(state, state.panel)
  return rows[chosenAt(state, state.panel, rows)]?.id
}

/** All of the fixture's alerts of a key are alike: the newest of them. */
const worstOf = (dimension: string) => shown.alerts.findLast(({ id }) => id.startsWith(`${dimension}.`))!

describe("the keys of top", () => {
  it("move within a panel and stop at its ends", () => {
    const ids = shown.incidents.map(({ id }) => id)
    expect(chosen(looked)).toBe(ids[0])
    expect(chosen(press(looked, key("down"))[0])).toBe(ids[1])
    expect(chosen(press(looked, letter("j"), letter("j"), letter("j"), letter("j"))[0])).toBe(ids[2])
    expect(chosen(press(looked, letter("j"), letter("k"), key("up"))[0])).toBe(ids[0])
    expect(chosen(press(looked, key("end"))[0])).toBe(ids[2])
    expect(chosen(press(looked, letter("G"), letter("g"))[0])).toBe(ids[0])
  })

  it("go from panel to panel, around", () => {
    const tab = key("tab")
    expect(press(looked, tab)[0].panel).toBe(1)
    expect(press(looked, tab, tab, tab)[0].panel).toBe(0)
    expect(press(looked, key("tab", undefined, { shift: true }))[0].panel).toBe(2)
  })

  it("explain the worst alert of an incident, and of the key of another panel", () => {
    const [explaining, wish] = press(looked, key("return"))
    const { id } = worstOf("url")
    expect(wish).toEqual({ _tag: "Explain", id })
    const [told] = next(explaining, { _tag: "Explained", id, lines: ["a", "b"] })
    expect(told.explained?.lines).toEqual(["a", "b"])
    expect(press(told, key("down"), key("down"), key("down"))[0].explained?.from).toBe(1)
    expect(press(told, key("escape"))[0].explained).toBeUndefined()
    const [, ofKey] = press(looked, key("tab"), key("return"))
    expect(ofKey).toEqual({ _tag: "Explain", id: worstOf("ip").id })
    expect(press(looked, key("tab"), key("down"), key("return"))[0].note).toBe("noAlert")
  })

  it("pass over an explanation that nobody waits for any more", () => {
    const { id } = worstOf("url")
    const [left] = press(looked, key("return"), key("escape"))
    expect(next(left, { _tag: "Explained", id, lines: ["a"] })[0].explained).toBeUndefined()
  })

  it("filter the keys by a text in which letters are letters", () => {
    const [typing] = press(looked, key("tab"), letter("/"), letter("."), letter("1"), letter("1"), letter("q"))
    expect(typing.filter).toBe(".11q")
    const [filtered] = press(typing, key("backspace"), key("return"))
    expect([filtered.filter, filtered.isTyping]).toEqual([".11", false])
    expect(rowsOf(filtered, 1).map(({ id }) => id)).toEqual(["192.0.2.11"])
    expect(press(filtered, key("escape"))[0].filter).toBe("")
    expect(press(typing, key("", "\u001b[31m"))[0].filter).toBe(".11q")
  })

  it("hold a filter of no more than a hundred characters", () => {
    const long = Array.from({ length: 300 }, () => letter("a"))
    expect(press(looked, letter("/"), ...long)[0].filter.length).toBe(100)
  })

  it("pause: what is shown stays until it goes on", () => {
    const other = shownAt({ windows: 100 })
    const [paused] = press(looked, letter("p"))
    expect(next(paused, { _tag: "Looked", shown: other })[0].shown).toBe(shown)
    const [going] = press(paused, letter("p"))
    expect(next(going, { _tag: "Looked", shown: other })[0].shown).toBe(other)
  })

  it("quit by q, Ctrl-C and Ctrl-D, also from the help and a filter", () => {
    const ctrlC = key("c", "\u0003", { ctrl: true })
    expect(press(looked, letter("q"))[1]).toEqual({ _tag: "Quit" })
    expect(press(looked, letter("?"), letter("q"))[1]).toEqual({ _tag: "Quit" })
    expect(press(looked, letter("/"), ctrlC)[1]).toEqual({ _tag: "Quit" })
    expect(press(looked, key("d", "\u0004", { ctrl: true }))[1]).toEqual({ _tag: "Quit" })
  })

  it("keep the chosen row chosen when the order changes", () => {
    const [second] = press(looked, key("down"))
    const id = chosen(second)
    const turned = { ...shown, incidents: [...shown.incidents].reverse() }
    expect(chosen(next(second, { _tag: "Looked", shown: turned })[0])).toBe(id)
  })
})
