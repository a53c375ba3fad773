import type { KeyDimension } from "@chaussettes/domain"
import { countText, percentText } from "@chaussettes/presentation"
import type { ExploreResponse } from "../../../src/api/index.ts"
import { type ErrorClass, errorsOf } from "../course.ts"
import { language, w } from "../language.ts"
import { hrefOf, place, setQuery } from "../router.ts"
import { Bar } from "./bar.tsx"
import { Export, type Table } from "./export.tsx"
import { Foreign } from "./key-text.tsx"
import { Empty } from "./states.tsx"

export interface KeyCounts {
  readonly dimension: KeyDimension
  /** Not at least, but exactly. */
  readonly exact: boolean
  readonly distinct: number | undefined
  readonly keys: ExploreResponse["top"]["ip"]["keys"]
}

const tableOf = ({ dimension, exact, keys }: KeyCounts): Table => ({
  columns: [dimension, "requests", "errors", "client_errors", "server_errors", "exact"],
  rows: keys.map((k) => [k.key, k.total, k.errors, k.clientErrors, k.serverErrors, exact ? 1 : 0])
})

/** The same view of one key; what is counted is counted of it. */
const keyHref = (dimension: KeyDimension, key: string): string =>
  hrefOf("/explore", {
    ...Object.fromEntries(["class", "count", "show"].map((name) => [name, place.value.query.get(name) ?? undefined])),
    dimension,
    key
  })

/** The keys with the most errors of a class, and what is known of them; those that contain a text, where that is looked for. */
export const ExploreTop = (props: {
  readonly name: string
  readonly errors: ErrorClass
  readonly find: string | undefined
  /** Counted from the lines; from the records otherwise. */
  readonly exact: boolean
  readonly coarse: boolean
  readonly top: ReadonlyArray<KeyCounts>
}) => {
  const { errors, find } = props
  const shown = props.top.map((some): KeyCounts => {
    const keys =
      find === undefined ? some.keys : some.keys.filter((k) => k.key.toLowerCase().includes(find.toLowerCase()))
    return { ...some, keys: [...keys].sort((a, b) => errorsOf(b, errors) - errorsOf(a, errors)) }
  })
  return (
    <>
      <div class="explore-find">
        <label>
          <span>{w.explore.find}</span>
          <input
            type="search"
            value={find ?? ""}
            maxLength={500}
            placeholder={w.alerts.keyHint}
            onChange={(e) => setQuery({ find: e.currentTarget.value || undefined }, "replace")}
          />
        </label>
        <p class="note">
          {props.exact ? w.explore.exact : w.top.bound} {props.coarse && w.top.coarse}
        </p>
      </div>
      <div class="columns">
        {shown.map((some) => (
          <section key={some.dimension} class="card" aria-labelledby={`explore-${some.dimension}`}>
            <header>
              <h2 id={`explore-${some.dimension}`}>{w.dimensionsMany[some.dimension]}</h2>
              {some.distinct !== undefined && <span class="dim">{w.explore.keys(some.distinct, !some.exact)}</span>}
              <span class="spacer" />
              <Export
                name={`${props.name}-${some.dimension}`}
                of={w.dimensionsMany[some.dimension]}
                table={tableOf(some)}
              />
            </header>
            {some.keys.length === 0 ? (
              <Empty>{find === undefined ? w.top.none : w.explore.noKey}</Empty>
            ) : (
              <Keys {...some} errors={errors} />
            )}
          </section>
        ))}
      </div>
    </>
  )
}

const Keys = ({ dimension, exact, keys, errors }: KeyCounts & { readonly errors: ErrorClass }) => {
  const most = errorsOf(keys[0]!, errors)
  const count = (n: number): string => `${exact ? "" : "≥ "}${countText(language, n)}`
  return (
    <table class="top">
      <thead>
        <tr>
          <th scope="col">{w.dimensions[dimension]}</th>
          <th scope="col" class="n">
            {w.explore.classes[errors]}
          </th>
          <th scope="col" class="n">
            {w.top.requests}
          </th>
          <th scope="col" class="n">
            {w.top.rate}
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((k) => (
          <tr key={k.key}>
            <th scope="row">
              <Bar value={errorsOf(k, errors)} most={most} />
              <a href={keyHref(dimension, k.key)}>
                <Foreign text={k.key} />
              </a>
            </th>
            <td class="n">{count(errorsOf(k, errors))}</td>
            <td class="n">{count(k.total)}</td>
            <td class="n">{percentText(language, k.total === 0 ? 0 : errorsOf(k, errors) / k.total)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
