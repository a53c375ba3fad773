/** Where the page's views are, in the order of its menu; below `/alerts/` is each alert. */
export const viewPaths = ["/", "/alerts", "/top", "/explore", "/what-if", "/status"] as const
