import { countText } from "@chaussettes/presentation"
import { useState } from "preact/hooks"
import type { IncidentLinesResponse } from "../../../src/api/index.ts"
import { useAsk } from "../ask.ts"
import { language, w } from "../language.ts"
import { Bar } from "./bar.tsx"
import { Foreign } from "./key-text.tsx"
import { LineList } from "./line-list.tsx"
import { Failed, Loading } from "./states.tsx"

const shownLines = 300

/** What the failing requests share, and the lines themselves: read when somebody asks, for that takes a moment and they may be hidden. */
export const IncidentLines = ({ id }: { readonly id: string }) => {
  const [isAsked, ask] = useState(false)
  const { lines } = w.incidents
  const { data, error, again } = useAsk<IncidentLinesResponse>(
    isAsked ? `v2/incidents/${encodeURIComponent(id)}/lines?lines=${shownLines}` : undefined
  )
  return (
    <section class="card" aria-labelledby="lines-title">
      <h2 id="lines-title">{lines.title}</h2>
      {!isAsked ? (
        <p>
          <button type="button" class="button" onClick={() => ask(true)}>
            {lines.ask}
          </button>{" "}
          <span class="dim">{lines.hint}</span>
        </p>
      ) : data !== undefined ? (
        <Found lines={data} />
      ) : error === undefined ? (
        <Loading />
      ) : (
        <Failed error={error} again={again} />
      )}
    </section>
  )
}

const Found = ({ lines }: { readonly lines: IncidentLinesResponse }) => {
  const words = w.incidents.lines
  if (lines.found === "gone") return <p class="dim">{words.gone}</p>
  return (
    <>
      <p>
        {words.counts(lines.errors, lines.total)} {lines.found === "part" && words.part}
      </p>
      <div class="shared">
        <Shared name={words.statuses} of={lines.statuses} />
        <Shared name={words.urls} of={lines.urls} />
        <Shared name={words.clients} of={lines.clients} />
        <Shared name={words.networks} of={lines.networks} />
        <Shared name={words.agents} of={lines.agents} />
      </div>
      <Shown lines={lines} />
    </>
  )
}

/** How often each value occurs among the errors. */
const Shared = ({ name, of }: { readonly name: string; readonly of: IncidentLinesResponse["urls"] }) => {
  if (of.values.length === 0) return null
  const more = of.count - of.values.length
  const most = of.values[0]!.errors
  return (
    <table class="top">
      <thead>
        <tr>
          <th scope="col">{name}</th>
          <th scope="col" class="n">
            {w.top.errors}
          </th>
        </tr>
      </thead>
      <tbody>
        {of.values.map(({ value, errors }) => (
          <tr key={value}>
            <th scope="row">
              <Bar value={errors} most={most} />
              <Foreign text={value} />
            </th>
            <td class="n">{countText(language, errors)}</td>
          </tr>
        ))}
        {more > 0 && (
          <tr>
            <td colSpan={2} class="dim">
              {w.incidents.lines.more(more, of.isPartial)}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  )
}

const Shown = ({ lines }: { readonly lines: IncidentLinesResponse }) => {
  const words = w.incidents.lines
  const [filter, setFilter] = useState("")
  const [isCopied, setCopied] = useState(false)
  const wanted = filter.toLowerCase()
  const shown = lines.shown.filter(({ text }) => text.toLowerCase().includes(wanted))
  const copy = () =>
    navigator.clipboard.writeText(`${shown.map(({ text }) => text).join("\n")}\n`).then(() => setCopied(true))
  return (
    <>
      <header class="lines-header">
        <h3>{words.list}</h3>
        <span class="spacer" />
        <label>
          <span class="dim">{words.filter}</span>{" "}
          <input
            type="search"
            value={filter}
            onInput={(e) => {
              setFilter(e.currentTarget.value)
              setCopied(false)
            }}
          />
        </label>
        {isSecureContext && (
          <button type="button" class="button quiet" onClick={copy}>
            {isCopied ? words.copied : words.copy}
          </button>
        )}
      </header>
      <p class="dim">{shown.length === 0 ? words.noMatch : words.shown(shown.length, lines.total)}</p>
      {shown.length > 0 && <LineList name={words.list} lines={shown} />}
    </>
  )
}
