/** Where dialects are served, as the server says: a generated table beside the page. */
export async function places() {
    const response = await fetch(new URL("palaver/dialects.json", document.baseURI));
    return (await response.json());
}
/** The address of a dialect, ending with a slash. */
export function address({ port, prefix }) {
    const here = new URL(document.baseURI);
    if (port === null)
        return new URL(`${prefix.slice(1)}${prefix && "/"}`, new URL(".", here));
    return new URL(`${here.protocol}//${here.hostname}:${port}${prefix}/`);
}
