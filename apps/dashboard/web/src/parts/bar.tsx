/** How much of the most, for the eye: the figure stands beside it. */
export const Bar = ({ value, most }: { readonly value: number; readonly most: number }) => (
  <span class="bar" aria-hidden="true">
    <span style={{ width: `${most === 0 ? 0 : (100 * value) / most}%` }} />
  </span>
)
