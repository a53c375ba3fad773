import { visiblePieces } from "@chaussettes/presentation"

/** Text that came from outside: isolated from what stands around it, and with everything that acts spelled out. */
export const Foreign = ({ text, code = false }: { readonly text: string; readonly code?: boolean }) => {
  const pieces = visiblePieces(text)
  return (
    <bdi class={code ? "foreign code" : "foreign"} dir="ltr">
      {pieces.map((p, i) =>
        p.spelled ? (
          <span key={i} class="spelled">
            {p.text}
          </span>
        ) : (
          p.text
        )
      )}
    </bdi>
  )
}
