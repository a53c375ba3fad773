import type { TopResponse } from "../../../src/api/index.ts"
import { useAsk } from "../ask.ts"
import { w } from "../language.ts"
import { anew } from "../live.ts"
import { SpanPicker } from "../parts/span-picker.tsx"
import { Empty, Failed, Loading } from "../parts/states.tsx"
import { TopTable, topsOf } from "../parts/top-list.tsx"
import { spanQuery } from "../span.ts"

export const Top = () => {
  const { data, error, again } = useAsk<TopResponse>(`top?${spanQuery.value}&limit=25`, anew.value)
  return (
    <>
      <SpanPicker />
      <p class="note">
        {w.top.bound} {data?.coarse === true && w.top.coarse}
      </p>
      {error !== undefined && data === undefined ? (
        <Failed error={error} again={again} />
      ) : data === undefined ? (
        <Loading />
      ) : (
        <div class="columns">
          {topsOf(data).map(({ dimension, keys }) => (
            <section key={dimension} class="card" aria-labelledby={`top-${dimension}`}>
              <header>
                <h2 id={`top-${dimension}`}>{w.top.title(w.dimensionsMany[dimension])}</h2>
              </header>
              {keys.length === 0 ? <Empty>{w.top.none}</Empty> : <TopTable dimension={dimension} keys={keys} />}
            </section>
          ))}
        </div>
      )}
    </>
  )
}
