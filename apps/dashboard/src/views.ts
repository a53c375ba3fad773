/** Where the page's views are, in the order of its menu, which leaves out alerts and acts; below `/incidents/` is each incident, below `/alerts/` each alert. */
export const viewPaths = ["/", "/incidents", "/alerts", "/acts", "/top", "/explore", "/what-if", "/status"] as const
