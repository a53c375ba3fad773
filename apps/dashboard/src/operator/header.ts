/** What only the page itself sends along when the operator acts: no other site's page can. */
export const operatorHeader = "x-chaussettes-operator"
