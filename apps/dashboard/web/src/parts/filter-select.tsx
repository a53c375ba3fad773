import { place, setQuery } from "../router.ts"

/** Narrows what is shown to one of a few values, which the address keeps. */
export const FilterSelect = (props: {
  readonly name: string
  readonly label: string
  /** What stands for no choice. */
  readonly all: string
  readonly options: ReadonlyArray<readonly [value: string, text: string]>
}) => (
  <label>
    {props.label}
    <select
      value={place.value.query.get(props.name) ?? ""}
      onChange={(e) => setQuery({ [props.name]: e.currentTarget.value })}
    >
      <option value="">{props.all}</option>
      {props.options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  </label>
)
