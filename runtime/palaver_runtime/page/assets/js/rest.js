/** Requests, typed by the `Paths` of a dialect. */
import { Refusal } from "./chat.js";
export class Rest {
    base;
    log;
    token;
    constructor(base, log, token) {
        this.base = base;
        this.log = log;
        this.token = token;
    }
    /** Raises Refusal when the server says no, or nothing. */
    async ask(verb, path, given) {
        const parts = given;
        const values = new Map(Object.entries(parts.path ?? {}));
        const place = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(values.get(name))));
        const query = new URLSearchParams(Object.entries(parts.query ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
        const target = `${place.slice(1)}${query.size ? `?${query}` : ""}`;
        const body = parts.body === undefined ? undefined : JSON.stringify(parts.body);
        const headers = new Headers();
        if (this.token)
            headers.set("Authorization", `Bearer ${await this.token()}`);
        if (body !== undefined)
            headers.set("Content-Type", "application/json");
        const method = verb.toUpperCase();
        this.log.add("out", `${method} /${target}`, body);
        let response;
        try {
            response = await fetch(new URL(target, this.base), { method, headers, ...(body !== undefined && { body }) });
        }
        catch {
            throw new Refusal("CONNECTION_ERROR", "The server does not answer.");
        }
        const text = await response.text();
        this.log.add("in", `${response.status} ${method} /${target}`, text);
        const content = text ? JSON.parse(text) : undefined;
        if (!response.ok)
            throw refusal(content, response.status);
        return content;
    }
}
function refusal(body, status) {
    const { code, error } = body ?? {};
    if (typeof error === "object") {
        const problems = (error.details?.fields ?? []).map(({ field, problem }) => `${field.split("/").pop()}: ${problem}`);
        return new Refusal(error.code, problems.length ? problems.join("; ") : error.message);
    }
    return new Refusal(code ?? "INTERNAL_ERROR", error ?? `The server answered with ${status}.`);
}
