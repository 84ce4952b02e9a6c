/** How people are shown. A name is somebody else's text: it is kept apart from what stands around it. */
import { h } from "../vendor/preact.js";
const HUES = 8;
export function Name({ of }) {
    return h("bdi", { class: "name" }, of);
}
/** A round picture with the first letters of a name; without `online` it says nothing about presence. */
export function Avatar({ id, name, online }) {
    return (h("span", { class: `avatar hue-${hue(id)}`, "aria-hidden": "true" },
        initials(name),
        online !== undefined && h("span", { class: online ? "dot online" : "dot" })));
}
function hue(id) {
    let sum = 0;
    for (const letter of id)
        sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
    return sum % HUES;
}
function initials(name) {
    const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
    const [first = "?", second] = words;
    return ([...first][0] + (second ? [...second][0] : "")).toUpperCase();
}
