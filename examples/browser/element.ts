/** The element of the page with this id and of this kind. */
export function element<T extends HTMLElement>(id: string, kind: abstract new () => T): T {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`Expected ${kind.name} #${id} in the page, got ${found?.constructor.name ?? 'none'}.`)
}
