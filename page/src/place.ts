/** Where dialects are served, as the server says: a generated table beside the page. */

export interface Place {
  name: string;
  /** Of a listener of its own; null where the page itself comes from. */
  port: number | null;
  /** The path before everything, empty or like `/name`. */
  prefix: string;
}

export async function places(): Promise<Place[]> {
  const response = await fetch(new URL("palaver/dialects.json", document.baseURI));
  return (await response.json()) as Place[];
}

/** The address of a dialect, ending with a slash. */
export function address({ port, prefix }: Place): URL {
  const here = new URL(document.baseURI);
  if (port === null) return new URL(`${prefix.slice(1)}${prefix && "/"}`, new URL(".", here));
  return new URL(`${here.protocol}//${here.hostname}:${port}${prefix}/`);
}
