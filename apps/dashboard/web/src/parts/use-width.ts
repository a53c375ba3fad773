import type { RefObject } from "preact"
import { useEffect, useState } from "preact/hooks"

/** How wide an element is, in whole pixels, now and whenever it changes; 0 before it is there. */
export const useWidth = (ref: RefObject<HTMLElement | null>): number => {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const element = ref.current
    if (element === null) return
    const measure = () => setWidth(Math.floor(element.clientWidth))
    const seen = new ResizeObserver(measure)
    seen.observe(element)
    measure()
    return () => seen.disconnect()
  }, [])
  return width
}
