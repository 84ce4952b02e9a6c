/** What the page knows of a chat, in the words of none of the dialects. Each dialect translates. */
/** The server said no, in its own words. */
export class Refusal extends Error {
    code;
    constructor(code, message) {
        super(message);
        this.code = code;
    }
}
