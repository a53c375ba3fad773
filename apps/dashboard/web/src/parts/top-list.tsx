import { type KeyDimension, keyDimensionsIn } from "@chaussettes/domain"
import { countText, percentText } from "@chaussettes/presentation"
import type { TopResponse } from "../../../src/api/index.ts"
import { language, w } from "../language.ts"
import { hrefOf } from "../router.ts"
import { Bar } from "./bar.tsx"
import { Foreign } from "./key-text.tsx"

/** The kinds that there are, where the columns for them have no room. */
const kindsOf = ({ clientErrors, serverErrors }: TopResponse["ip"][number]): string =>
  [
    ...(clientErrors > 0 ? [`4xx ${countText(language, clientErrors)}`] : []),
    ...(serverErrors > 0 ? [`5xx ${countText(language, serverErrors)}`] : [])
  ].join(" · ")

/** The worst keys of each dimension that is told. */
export const topsOf = (top: TopResponse) =>
  keyDimensionsIn(top).map((dimension) => ({ dimension, keys: top[dimension]! }))

export const TopTable = (props: {
  readonly dimension: KeyDimension
  readonly keys: TopResponse["ip"]
  readonly most?: number
  readonly brief?: boolean
}) => {
  const keys = props.keys.slice(0, props.most ?? props.keys.length)
  const greatest = keys[0]?.errors ?? 1
  return (
    <table class="top">
      <thead>
        <tr>
          <th scope="col">{w.dimensions[props.dimension]}</th>
          <th scope="col" class="n">
            {w.top.errors}
          </th>
          {props.brief !== true && (
            <>
              <th scope="col" class="n">
                4xx
              </th>
              <th scope="col" class="n">
                5xx
              </th>
            </>
          )}
          {props.brief !== true && (
            <th scope="col" class="n">
              {w.top.requests}
            </th>
          )}
          <th scope="col" class="n">
            {w.top.rate}
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((k) => (
          <tr key={k.key}>
            <th scope="row">
              <Bar value={k.errors} most={greatest} />
              <a href={hrefOf("/alerts", { dimension: props.dimension, key: k.key.slice(0, 500) })}>
                <Foreign text={k.key} />
              </a>
            </th>
            <td class="n">
              ≥ {countText(language, k.errors)}
              {props.brief === true && k.clientErrors + k.serverErrors > 0 && <small class="kinds">{kindsOf(k)}</small>}
            </td>
            {props.brief !== true && (
              <>
                <td class="n">≥ {countText(language, k.clientErrors)}</td>
                <td class="n">≥ {countText(language, k.serverErrors)}</td>
                <td class="n">≥ {countText(language, k.total)}</td>
              </>
            )}
            <td class="n">{percentText(language, k.total === 0 ? 0 : k.errors / k.total)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
