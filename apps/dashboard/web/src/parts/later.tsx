import type { ComponentType } from "preact"
import { useEffect, useState } from "preact/hooks"
import { AskError } from "../ask.ts"
import { Failed, Loading } from "./states.tsx"

/** A view whose code comes when it is looked at first, so that the first screen need not wait for it. */
export const later = <Props extends object>(load: () => Promise<ComponentType<Props>>) => {
  let found: ComponentType<Props> | undefined
  return (props: Props) => {
    const [View, setView] = useState<ComponentType<Props> | undefined>(() => found)
    const [error, setError] = useState<AskError>()
    useEffect(() => {
      if (View !== undefined) return
      load().then(
        (view) => {
          found = view
          setView(() => view)
        },
        (why) => setError(new AskError("network", String(why)))
      )
    }, [View])
    if (View !== undefined) return <View {...props} />
    // The page's files have other names in another version.
    return error === undefined ? <Loading /> : <Failed error={error} again={() => location.reload()} />
  }
}
